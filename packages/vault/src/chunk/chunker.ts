import { createHmac } from 'node:crypto'

/** Sizes of content-defined pieces, in bytes. */
const MIN_PIECE = 256 * 1024
const AVERAGE_PIECE = 1024 * 1024
export const MAX_PIECE = 8 * 1024 * 1024
/** Piece size for content that is changed in place: disk images and database files. */
const FIXED_PIECE = 1024 * 1024
/** Holes are found in steps of this many bytes of the file. */
const HOLE_STEP = 64 * 1024
/** How much of a file the chunker must see beyond a cut to be sure of it. */
export const WINDOW = 2 * MAX_PIECE

/** `length` bytes at `offset` of the window: a piece, or a hole of zeros. */
export type Cut = { readonly offset: number; readonly length: number; readonly hole: boolean }

export type CutMode = 'content' | 'fixed'

/**
 * Cuts a window of a file, whose first byte lies at a multiple of HOLE_STEP of the file or right after a cut. With
 * `last` the window is cut to its end; otherwise the bytes after the last sure cut are left for the next window.
 * The same content gives the same cuts wherever windows happen to lie. Pure.
 *
 * Algorithm: FastCDC (Xia et al., USENIX ATC 2016) with normalisation level 2, over a gear table drawn from the
 * vault's secret; runs of zeros of at least HOLE_STEP, aligned to it, are holes and always end a piece.
 */
export function cutWindow(
  window: Uint8Array,
  table: Int32Array,
  options: { fileOffset: number; mode: CutMode; last: boolean },
): Cut[] {
  const cuts: Cut[] = []
  let at = 0
  while (at < window.length) {
    const hole = zeroRun(window, at, options)
    if (hole > 0) {
      cuts.push({ offset: at, length: hole, hole: true })
      at += hole
      continue
    }
    const end = nextHole(window, at, options)
    const sure = options.last || end < window.length
    const length =
      options.mode === 'fixed'
        ? fixedLength(end - at, options.fileOffset + at)
        : gearLength(window, table, at, end)
    // A piece that could reach bytes not seen yet, or a hole that starts among them, waits for the next window.
    if (!sure && window.length - at < MAX_PIECE + HOLE_STEP) break
    cuts.push({ offset: at, length, hole: false })
    at += length
  }
  return cuts
}

/** The gear table of a vault: 256 words from its secret seed. */
export function gearTable(seed: Uint8Array): Int32Array {
  const words = new Int32Array(256)
  for (let block = 0; block < 32; block += 1) {
    const bytes = createHmac('sha256', seed).update(`gear ${block}`).digest()
    for (let i = 0; i < 8; i += 1) words[block * 8 + i] = bytes.readInt32LE(i * 4)
  }
  return words
}

/** Names of files that are written in place, where fixed blocks beat content-defined ones. */
export function cutModeFor(name: string): CutMode {
  return /\.(img|raw|iso|qcow2|vmdk|vdi|vhdx?|mdf|ldf|ibd|dbf|sqlite3?|db)$/i.test(name) ? 'fixed' : 'content'
}

// FastCDC: harder to cut before the average (more bits), easier after. A gear hash shifts left, so its high bits
// depend on the last 32 bytes: masks take high bits.
const MASK_HARD = 0xffff_fc00 << 0
const MASK_EASY = 0xffff_c000 << 0

function gearLength(window: Uint8Array, table: Int32Array, start: number, end: number): number {
  const size = end - start
  if (size <= MIN_PIECE) return size
  const normal = start + Math.min(AVERAGE_PIECE, size)
  const limit = start + Math.min(MAX_PIECE, size)
  let hash = 0
  let i = start + MIN_PIECE
  for (; i < normal; i += 1) {
    hash = ((hash << 1) + (table[window[i] as number] as number)) | 0
    if ((hash & MASK_HARD) === 0) return i + 1 - start
  }
  for (; i < limit; i += 1) {
    hash = ((hash << 1) + (table[window[i] as number] as number)) | 0
    if ((hash & MASK_EASY) === 0) return i + 1 - start
  }
  return limit - start
}

/** To the next multiple of FIXED_PIECE in the file. */
function fixedLength(available: number, fileOffset: number): number {
  return Math.min(available, FIXED_PIECE - (fileOffset % FIXED_PIECE))
}

type Where = { fileOffset: number; last: boolean }

/** Length of the hole that starts at `at`: whole aligned steps of zeros, and the file's last short one. */
function zeroRun(window: Uint8Array, at: number, where: Where): number {
  if ((where.fileOffset + at) % HOLE_STEP !== 0) return 0
  let end = at
  while (end < window.length) {
    const step = window.subarray(end, end + HOLE_STEP)
    if (step.length < HOLE_STEP && !(where.last && end > at)) break
    if (!isZero(step)) break
    end += step.length
  }
  return end - at
}

/** Where the next hole starts after `at`, or the window's end. */
function nextHole(window: Uint8Array, at: number, where: Where): number {
  let next = at + (HOLE_STEP - ((where.fileOffset + at) % HOLE_STEP))
  while (next + HOLE_STEP <= window.length) {
    if (window[next] === 0 && isZero(window.subarray(next, next + HOLE_STEP))) return next
    if (next - at >= MAX_PIECE) return window.length
    next += HOLE_STEP
  }
  return window.length
}

const ZEROS = Buffer.alloc(HOLE_STEP)

function isZero(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0 || bytes[bytes.length - 1] !== 0) return false
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).equals(ZEROS.subarray(0, bytes.length))
}
