import { isUtf8 } from 'node:buffer'

/**
 * A path for people and JSON: valid UTF-8 stays as it is; bytes that are not, and control characters, become `\xHH`.
 * A backslash that would read as such an escape is written `\x5c`. `textToPath` is its exact inverse.
 */
export function pathToText(path: Uint8Array): string {
  const bytes = Buffer.from(path.buffer, path.byteOffset, path.byteLength)
  if (isUtf8(bytes)) {
    const text = bytes.toString('utf8')
    if (!NEEDS_ESCAPE.test(text)) return text
    return text
      .replace(/\\(?=x[0-9a-f]{2})/g, '\\x5c')
      .replace(CONTROL, (char) => [...Buffer.from(char)].map(escapeByte).join(''))
  }
  return splitUtf8(bytes)
    .map((part) => (isUtf8(part) ? pathToText(part) : [...part].map(escapeByte).join('')))
    .join('')
}

/** The bytes that `pathToText` was given; plain text without escapes is simply UTF-8. */
export function textToPath(text: string): Uint8Array {
  const parts = text.split(/\\x([0-9a-f]{2})/)
  return Buffer.concat(parts.map((part, i) => (i % 2 === 1 ? Buffer.from(part, 'hex') : Buffer.from(part))))
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is escaped
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is escaped
const NEEDS_ESCAPE = /[\u0000-\u001f\u007f-\u009f]|\\x[0-9a-f]{2}/

function escapeByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`
}

/** Cuts bytes into runs that are each wholly UTF-8 or wholly not. */
function splitUtf8(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = []
  let start = 0
  let at = 0
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at)
    if (length > 0) {
      at += length
      continue
    }
    if (at > start) parts.push(bytes.subarray(start, at))
    parts.push(bytes.subarray(at, at + 1))
    at += 1
    start = at
  }
  if (at > start) parts.push(bytes.subarray(start, at))
  return parts
}

/** Length of the valid UTF-8 sequence at `at`, 0 when there is none. */
function sequenceLength(bytes: Buffer, at: number): number {
  const first = bytes[at] as number
  const length = first < 0x80 ? 1 : first >> 5 === 6 ? 2 : first >> 4 === 14 ? 3 : first >> 3 === 30 ? 4 : 0
  return length > 0 && at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length)) ? length : 0
}
