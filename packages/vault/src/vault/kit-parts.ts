import { createHash } from 'node:crypto'
import { deflateSync, inflateSync } from 'node:zlib'
import { HoldfastError } from '@holdfast/domain'
import { MAX_KIT_BYTES } from './kit-format.ts'

/** A QR code of these many signs is read by any phone from paper that is 8 cm wide. */
const SIGNS_PER_PART = 850
const PARTS_AT_MOST = 48
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const MARK = 'HOLDFAST-KIT:1:'
const PART = /HOLDFAST-KIT:1:(\d{1,2})\/(\d{1,2}):([0-9A-F]{8}):([0-9A-F]{8}):([^.:]*)\./g

/**
 * A kit as texts for QR codes and paper, in order: `HOLDFAST-KIT:1:<part>/<parts>:<kit>:<sum>:<data>.` Only signs of
 * the QR codes' alphanumeric mode; the data is base32 of the deflated kit, `kit` and `sum` begin the SHA-256 of the
 * deflated kit and of the data. INPUT_INVALID when it would take more than 48.
 */
export function kitParts(kit: Uint8Array): string[] {
  const packed = deflateSync(kit, { level: 9 })
  const data = base32(packed)
  const count = Math.ceil(data.length / SIGNS_PER_PART)
  if (count > PARTS_AT_MOST)
    throw new HoldfastError('INPUT_INVALID', `The recovery kit is too big for paper: ${count} codes.`, {
      next: 'Save it as a file.',
    })
  const each = Math.ceil(data.length / count)
  return Array.from({ length: count }, (_, i) => {
    const part = data.slice(i * each, (i + 1) * each)
    return `${MARK}${i + 1}/${count}:${sumOf(packed)}:${sumOf(part)}:${part}.`
  })
}

/**
 * The bytes of a kit from whatever a person has of it: the text of its file, or the texts of its QR codes in any order,
 * scanned or typed, twice or with other words between them. KIT_DAMAGED names the parts that are missing or mistyped.
 */
export function kitFromText(text: string): Uint8Array {
  // Spaces and cases are what typing and scanning change; a file of JSON has neither mark.
  const signs = text.replace(/\s+/g, '').toUpperCase()
  if (!signs.includes(MARK)) return Buffer.from(text)
  const found = [...signs.matchAll(PART)].map((match) => {
    const [, part = '', count = '', kit = '', sum = '', data = ''] = match
    const clean = data.replaceAll('0', 'O').replaceAll('8', 'B')
    return { part: Number(part), count: Number(count), kit, data: clean, good: sumOf(clean) === sum }
  })
  const [first] = found
  if (first === undefined)
    throw new HoldfastError('KIT_DAMAGED', 'The text of the recovery kit is cut short.', {
      next: 'Each part ends with a full stop: give it to its end.',
    })
  if (found.some(({ kit, count }) => kit !== first.kit || count !== first.count))
    throw new HoldfastError('KIT_DAMAGED', 'These are parts of different recovery kits.', {
      next: 'Give the parts of one kit only: its pages have the same date.',
    })
  const parts = Array.from({ length: first.count }, (_, i) => {
    const all = found.filter(({ part }) => part === i + 1)
    return { part: i + 1, good: all.find(({ good }) => good), seen: all.length > 0 }
  })
  const bad = parts.filter(({ good }) => good === undefined)
  if (bad.length > 0) throw incomplete(bad, first.count)
  return unpacked(parts.map(({ good }) => good?.data ?? '').join(''), first.kit)
}

function incomplete(bad: readonly { part: number; seen: boolean }[], count: number): HoldfastError {
  const wrong = bad.filter(({ seen }) => seen).map(({ part }) => part)
  const missing = bad.filter(({ seen }) => !seen).map(({ part }) => part)
  const says = [
    ...(missing.length > 0
      ? [`Of the ${count} parts of the recovery kit these are missing: ${missing}.`]
      : []),
    ...(wrong.length > 0 ? [`These have a wrong sign in them: ${wrong}.`] : []),
  ]
  return new HoldfastError('KIT_DAMAGED', says.join(' ').replaceAll(',', ', '), {
    next: 'Give all parts, in any order; scan or type those again.',
  })
}

function unpacked(data: string, kit: string): Uint8Array {
  const packed = unbase32(data)
  try {
    if (packed !== undefined && sumOf(packed) === kit)
      return inflateSync(packed, { maxOutputLength: MAX_KIT_BYTES })
  } catch (cause) {
    throw new HoldfastError('KIT_DAMAGED', 'The recovery kit is damaged.', { cause })
  }
  throw new HoldfastError('KIT_DAMAGED', 'The parts of the recovery kit do not make a whole.')
}

function sumOf(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 8).toUpperCase()
}

/** RFC 4648 without padding. */
function base32(bytes: Uint8Array): string {
  let [text, bits, held] = ['', 0, 0]
  for (const byte of bytes) {
    held = ((held & 31) << 8) | byte
    bits += 8
    for (; bits >= 5; bits -= 5) text += ALPHABET[(held >> (bits - 5)) & 31]
  }
  return bits === 0 ? text : text + ALPHABET[(held << (5 - bits)) & 31]
}

function unbase32(text: string): Uint8Array | undefined {
  const bytes: number[] = []
  let [bits, held] = [0, 0]
  for (const sign of text) {
    const value = ALPHABET.indexOf(sign)
    if (value < 0) return undefined
    held = ((held & 255) << 5) | value
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes.push((held >> bits) & 255)
  }
  return Uint8Array.from(bytes)
}
