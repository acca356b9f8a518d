import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { HoldfastError } from '@holdfast/domain/errors'

/** No frame of ours is larger than this when decompressed: the largest piece, its headers, and some room. */
export const MAX_FRAME_RAW = 9 * 1024 * 1024

/**
 * Compresses bytes into exactly one zstd frame with its content size and checksum, or wraps them in raw blocks when a
 * sample says that compression gains less than 3 %. One-shot on purpose: Node's zstd streams drop or add frames.
 */
export function compressFrame(raw: Uint8Array, level: number): Uint8Array {
  if (raw.length >= STORE_FROM && !worthCompressing(raw)) return storedFrame(raw)
  return zstdCompressSync(raw, {
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_checksumFlag]: 1,
      ...(level === 3 ? NEAR_TABLES : {}),
    },
    // Room for the worst case, so that it is one stretch and not dozens to be joined (a sixth of the time).
    chunkSize: raw.length + (raw.length >> 7) + 1024,
  })
}

/**
 * True when a frame of `compressFrame` opens to `raw`: a compressor's bug or a flipped bit in memory must not become
 * the only copy (research: restic 4523, 4677).
 */
export function opensTo(frame: Uint8Array, raw: Uint8Array): boolean {
  if (!isStored(frame, raw.length)) return sameBytes(decompressFrame(frame, raw.length), raw)
  const blocks = blocksOf(raw.length)
  for (let i = 0; i < blocks; i += 1) {
    const from = i * RAW_BLOCK
    const block = raw.subarray(from, from + RAW_BLOCK)
    const at = STORED_HEADER + from + 3 * (i + 1)
    if (readBlockHeader(frame, at - 3) !== blockHeader(block.length, i === blocks - 1)) return false
    if (!sameBytes(frame.subarray(at, at + block.length), block)) return false
  }
  return frame.length === storedLength(raw.length)
}

/**
 * The raw bytes of one frame. VAULT_DAMAGED when it does not decompress to exactly `rawLength` bytes. The claimed
 * length is checked before anything is allocated, so a hostile frame can't exhaust memory.
 */
export function decompressFrame(frame: Uint8Array, rawLength: number, limit = MAX_FRAME_RAW): Buffer {
  const damaged = (cause?: unknown) =>
    new HoldfastError('VAULT_DAMAGED', 'A frame does not decompress to what its pack says.', { cause })
  if (rawLength > limit || frameContentSize(frame) !== rawLength) throw damaged()
  let raw: Buffer
  try {
    raw = zstdDecompressSync(frame, {
      maxOutputLength: Math.max(rawLength, 1),
      params: WINDOW_LIMIT,
      // A byte more than comes, or Node asks for another stretch; 64 is the least that it takes.
      chunkSize: Math.max(rawLength + 1, 64),
    })
  } catch (error) {
    throw damaged(error)
  }
  if (raw.length !== rawLength) throw damaged()
  return raw
}

/** The content size that a zstd frame's header claims, undefined when it is no frame or claims none (RFC 8878 3.1.1.1). */
export function frameContentSize(frame: Uint8Array): number | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  if (frame.length < 6 || view.getUint32(0, true) !== ZSTD_MAGIC) return undefined
  const descriptor = frame[4] as number
  const single = (descriptor & 0x20) !== 0
  const dictionary = [0, 1, 2, 4][descriptor & 3] as number
  const at = 5 + (single ? 0 : 1) + dictionary
  const flag = descriptor >> 6
  const width = flag === 0 ? (single ? 1 : 0) : 1 << flag
  if (width === 0 || at + width > frame.length) return undefined
  if (width === 1) return frame[at]
  if (width === 2) return view.getUint16(at, true) + 256
  if (width === 4) return view.getUint32(at, true)
  const size = view.getBigUint64(at, true)
  return size > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(size)
}

/** Level 3's own are twice as large: a sixth more time, out of the nearest cache, for 0.3 % fewer bytes. */
const NEAR_TABLES = { [constants.ZSTD_c_hashLog]: 16, [constants.ZSTD_c_chainLog]: 16 }
const ZSTD_MAGIC = 0xfd2fb528
/** The largest window that a reader takes memory for, as a power of two: 32 MiB, what our largest frame needs. */
const WINDOW_LIMIT = { [constants.ZSTD_d_windowLogMax]: 25 }
const STORE_FROM = 16 * 1024
const SAMPLE = 32 * 1024
const RAW_BLOCK = 128 * 1024

/** Tries level 1 on up to three samples; a gain under 3 % is not worth the time. */
function worthCompressing(raw: Uint8Array): boolean {
  const last = Math.max(0, raw.length - SAMPLE)
  const starts = raw.length <= 2 * SAMPLE ? [0] : [0, Math.floor(last / 2), last]
  return starts.some((start) => {
    const sample = raw.subarray(start, start + SAMPLE)
    const packed = zstdCompressSync(sample, { params: { [constants.ZSTD_c_compressionLevel]: 1 } })
    return packed.length < sample.length * 0.97
  })
}

/** One frame of raw blocks: single segment, eight-byte content size, no checksum (RFC 8878 3.1.1). */
function storedFrame(raw: Uint8Array): Uint8Array {
  const out = Buffer.allocUnsafeSlow(storedLength(raw.length))
  out.writeUInt32LE(ZSTD_MAGIC, 0)
  out[4] = STORED_DESCRIPTOR
  out.writeBigUInt64LE(BigInt(raw.length), 5)
  const blocks = blocksOf(raw.length)
  let at = STORED_HEADER
  for (let i = 0; i < blocks; i += 1) {
    const block = raw.subarray(i * RAW_BLOCK, (i + 1) * RAW_BLOCK)
    out.writeUIntLE(blockHeader(block.length, i === blocks - 1), at, 3)
    out.set(block, at + 3)
    at += 3 + block.length
  }
  return out
}

const STORED_DESCRIPTOR = 0xe0
const STORED_HEADER = 13

function isStored(frame: Uint8Array, rawLength: number): boolean {
  return (
    frame[4] === STORED_DESCRIPTOR && frameContentSize(frame) === rawLength && frame.length > STORED_HEADER
  )
}

function blocksOf(rawLength: number): number {
  return Math.max(1, Math.ceil(rawLength / RAW_BLOCK))
}

function storedLength(rawLength: number): number {
  return STORED_HEADER + rawLength + 3 * blocksOf(rawLength)
}

/** Three bytes before each block: its length, type 0 (raw), and whether it is the last (RFC 8878 3.1.1.2). */
function blockHeader(length: number, last: boolean): number {
  return (length << 3) | (last ? 1 : 0)
}

function readBlockHeader(frame: Uint8Array, at: number): number {
  return (frame[at] as number) | ((frame[at + 1] as number) << 8) | ((frame[at + 2] as number) << 16)
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(b)
}
