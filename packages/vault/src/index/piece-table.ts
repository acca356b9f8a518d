import type { PieceRow } from './index-format.ts'

/** The pieces of a pack, column by column: a fifth of what the rows take as objects. Ids are 32 bytes each. */
export type PieceTable = {
  readonly count: number
  readonly ids: Uint8Array
  readonly frames: Uint32Array
  readonly inners: Uint32Array
  readonly lengths: Uint32Array
}

/**
 * Reads `["<64 hex>",<frame>,<inner>,<length>],…` from `from` to `end`, without a list's brackets and as JSON.stringify
 * writes it; undefined for anything else, which may still be JSON, and for numbers from 2^32. A byte costs a nanosecond:
 * JSON.parse takes five times that for a million pieces, and then their objects are there.
 */
export function scanPieces(text: Uint8Array, from: number, end: number): PieceTable | undefined {
  const most = Math.ceil((end - from + 1) / SHORTEST)
  const ids = new Uint8Array(most * 32)
  const numbers = [new Uint32Array(most), new Uint32Array(most), new Uint32Array(most)] as const
  let count = 0
  for (let at = from; at < end; count += 1) {
    if (count > 0) {
      if (text[at] !== COMMA) return undefined
      at += 1
    }
    if (text[at] !== OPEN || text[at + 1] !== QUOTE || text[at + 66] !== QUOTE) return undefined
    at += 2
    for (let i = count * 32; i < count * 32 + 32; i += 1) {
      const value = ((HEX[text[at] as number] as number) << 4) | (HEX[text[at + 1] as number] as number)
      if (value > 0xff) return undefined
      ids[i] = value
      at += 2
    }
    at += 1
    for (const column of numbers) {
      if (text[at] !== COMMA) return undefined
      at += 1
      const first = at
      let value = 0
      for (let digit = digitAt(text, at); digit <= 9; digit = digitAt(text, at)) {
        value = value * 10 + digit
        at += 1
      }
      if (at === first || value > 0xffff_ffff || (text[first] === ZERO && at > first + 1)) return undefined
      column[count] = value
    }
    if (text[at] !== CLOSE || at >= end) return undefined
    at += 1
  }
  const [frames, inners, lengths] = numbers
  return { count, ids, frames, inners, lengths }
}

/** The pieces as rows. */
export function rowsOfTable({ count, ids, frames, inners, lengths }: PieceTable): PieceRow[] {
  const hex = Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength)
  return Array.from({ length: count }, (_, i) => [
    hex.toString('hex', i * 32, i * 32 + 32),
    frames[i] as number,
    inners[i] as number,
    lengths[i] as number,
  ])
}

/** More than 9 where no digit stands. */
function digitAt(text: Uint8Array, at: number): number {
  const digit = (text[at] ?? 0) - ZERO
  return digit < 0 ? 10 : digit
}

/** `["` and 64 digits and `",0,0,0],`. */
const SHORTEST = 75
const OPEN = 0x5b
const CLOSE = 0x5d
const QUOTE = 0x22
const COMMA = 0x2c
const ZERO = 0x30

/** What is no digit becomes more than a byte when it is put beside another. */
const HEX = new Uint16Array(256).fill(0x100)
for (const [value, digit] of [...'0123456789abcdef'].entries()) HEX[digit.charCodeAt(0)] = value
