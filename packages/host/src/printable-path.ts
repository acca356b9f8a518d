import { isUtf8 } from 'node:buffer'
import { asBuffer } from './as-buffer.ts'

/** A path for a sentence: as it is when it is clean UTF-8, bytes that would spoil a line as `\xHH`. */
export function printablePath(path: Uint8Array): string {
  const bytes = asBuffer(path)
  if (isUtf8(bytes) && !bytes.some(isControl)) return bytes.toString('utf8')
  return Array.from(bytes, (byte) =>
    isControl(byte) || byte > 0x7e ? `\\x${byte.toString(16).padStart(2, '0')}` : String.fromCharCode(byte),
  ).join('')
}

function isControl(byte: number): boolean {
  return byte < 0x20 || byte === 0x7f
}
