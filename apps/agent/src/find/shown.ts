import { isUtf8 } from 'node:buffer'

/** What bytes are, by themselves: names can lie. */
export type ShownBytes =
  | { readonly kind: 'text'; readonly text: string; readonly encoding: string }
  | { readonly kind: 'image'; readonly type: string }
  | { readonly kind: 'none' }

/** Judges the beginning of a file. `cut`: there is more of it, so that its last character may be half. */
export function shownAs(bytes: Uint8Array, { cut }: { cut: boolean }): ShownBytes {
  const type = imageType(bytes)
  if (type !== undefined) return { kind: 'image', type }
  const encoding = encodingOf(cut ? wholeCharacters(bytes) : bytes)
  if (encoding === undefined) return { kind: 'none' }
  const whole = encoding === 'utf-8' && cut ? wholeCharacters(bytes) : bytes
  return { kind: 'text', text: new TextDecoder(encoding).decode(whole), encoding }
}

/** Pictures that every browser draws and that can run nothing: no SVG, no PDF. */
function imageType(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 16)).toString('latin1')
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png'
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (head.startsWith('GIF87a') || head.startsWith('GIF89a')) return 'image/gif'
  if (head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP') return 'image/webp'
  if (head.startsWith('BM') && head.slice(6, 10) === '\0\0\0\0') return 'image/bmp'
  if (/^ftypavi[fs]/.test(head.slice(4))) return 'image/avif'
  return undefined
}

function encodingOf(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252' | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  if (bytes.includes(0)) return zerosAre(bytes)
  const odd = bytes.reduce((count, byte) => count + (isOdd(byte) ? 1 : 0), 0)
  if (odd * 50 > bytes.length) return undefined
  if (isUtf8(bytes)) return 'utf-8'
  // Old western text has a few letters above ASCII; anything else has them everywhere.
  const high = bytes.reduce((count, byte) => count + (byte >= 0x80 ? 1 : 0), 0)
  return odd === 0 && high * 3 < bytes.length ? 'windows-1252' : undefined
}

/** UTF-16 without its mark: western text has a zero in every second place, and never in the others. */
function zerosAre(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  const zeros = [0, 0]
  for (let i = 0; i < bytes.length; i += 1) if (bytes[i] === 0) zeros[i % 2] = (zeros[i % 2] ?? 0) + 1
  const [even = 0, uneven = 0] = zeros
  if (even === 0 && uneven * 3 > bytes.length) return 'utf-16le'
  return uneven === 0 && even * 3 > bytes.length ? 'utf-16be' : undefined
}

/** Control characters that text does not hold. */
function isOdd(byte: number): boolean {
  return byte < 0x20 && ![0x09, 0x0a, 0x0c, 0x0d, 0x1b].includes(byte)
}

/** Without the beginning of a UTF-8 character at the end. */
function wholeCharacters(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) return bytes
    if (byte < 0xc0) continue
    const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
    return needs > back ? bytes.subarray(0, bytes.length - back) : bytes
  }
  return bytes
}
