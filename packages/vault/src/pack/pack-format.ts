import { createHash } from 'node:crypto'
import { zstdCompressSync } from 'node:zlib'
import { HoldfastError } from '@holdfast/domain'
import { checkPackRow, type FrameRow, type PackRow, type PieceRow } from '../index/index-format.ts'
import { compressFrame, decompressFrame, frameContentSize } from './frame.ts'
import { parseBoundedJson } from './parse-bounded-json.ts'
import { TAR_END } from './tar-member.ts'

/**
 * A pack, to the byte:
 *
 *     frame*        zstd frames, each of whole tar members
 *     end frame     a zstd frame of tar's end: 1,024 zero bytes
 *     table frame   skippable frame 0x184D2A50 (RFC 8878 3.1.2): zstd of the JSON of the pack's row, without its name
 *     trailer       skippable frame 0x184D2A51 of 56 bytes, 64 in all:
 *                     8  "HFPACK1\n"
 *                     8  offset of the table's payload, little endian
 *                     8  length of the table's payload, little endian
 *                    32  SHA-256 of the table's payload
 *
 * So `zstd -dc pack | tar x` sees a tar archive and nothing else, and one range read of the tail finds the table.
 */
export const TRAILER_BYTES = 64
const TRAILER_MAGIC = 'HFPACK1\n'
const TABLE_FRAME = 0x184d2a50
const TRAILER_FRAME = 0x184d2a51
/** A pack is closed long before its table comes to that (pack-writer.ts). */
const MAX_TABLE_RAW = 16 * 1024 * 1024
const MAX_TABLE_VALUES = 1_000_000

/**
 * The bytes of a whole pack. The first `used` bytes of `room` are its frames, `frames` and `pieces` what the table will
 * say of them. The rest is put behind them, or all into new memory when it does not fit.
 */
export function closePack(
  room: Uint8Array,
  used: number,
  table: { kind: PackRow['kind']; frames: readonly FrameRow[]; pieces: readonly PieceRow[] },
): Buffer {
  const payload = zstdCompressSync(Buffer.from(JSON.stringify(table)))
  const end = endFrame()
  const size = used + end.length + 8 + payload.length + TRAILER_BYTES
  const pack = size <= room.length ? bufferOver(room, size) : Buffer.allocUnsafeSlow(size)
  if (size > room.length) pack.set(room.subarray(0, used))
  pack.set(end, used)
  const at = used + end.length
  pack.writeUInt32LE(TABLE_FRAME, at)
  pack.writeUInt32LE(payload.length, at + 4)
  pack.set(payload, at + 8)
  writeTrailer(pack.subarray(at + 8 + payload.length), at + 8, payload)
  return pack
}

/** The key of a pack: the first 128 bits of its SHA-256 (in hex), and the attempt. */
export function packKey(sha256: string, attempt: string): string {
  const name = sha256.slice(0, 32)
  return `packs/${name.slice(0, 2)}/${name}-${attempt}.tar.zst`
}

function bufferOver(bytes: Uint8Array, length: number): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, length)
}

/** Where the table lies, read from a pack's last TRAILER_BYTES. VAULT_DAMAGED when they are no trailer. */
export function readTrailer(tail: Uint8Array): { offset: number; length: number; sha256: string } {
  const bytes = Buffer.from(tail.buffer, tail.byteOffset, tail.byteLength)
  const sound =
    bytes.length === TRAILER_BYTES &&
    bytes.readUInt32LE(0) === TRAILER_FRAME &&
    bytes.readUInt32LE(4) === TRAILER_BYTES - 8 &&
    bytes.toString('latin1', 8, 16) === TRAILER_MAGIC
  if (!sound) throw new HoldfastError('VAULT_DAMAGED', 'A pack does not end in its trailer.')
  const [offset, length] = [Number(bytes.readBigUInt64LE(16)), Number(bytes.readBigUInt64LE(24))]
  // Compressed or not, a table is no longer than its JSON and the frame around it.
  if (!Number.isSafeInteger(offset) || length > MAX_TABLE_RAW + 1024)
    throw new HoldfastError('VAULT_DAMAGED', 'The trailer of a pack is damaged.')
  return {
    offset,
    length,
    sha256: bytes.toString('hex', 32, 64),
  }
}

/** A pack's row from its table's payload, checked against the trailer's hash. */
export function readTable(
  payload: Uint8Array,
  place: { pack: string; size: number; sha256: string },
): PackRow {
  const damaged = (cause?: unknown) =>
    new HoldfastError('VAULT_DAMAGED', `The table of ${place.pack} is damaged.`, { cause })
  if (createHash('sha256').update(payload).digest('hex') !== place.sha256) throw damaged()
  const size = frameContentSize(payload)
  if (size === undefined || size > MAX_TABLE_RAW) throw damaged()
  let table: unknown
  try {
    table = parseBoundedJson(decompressFrame(payload, size, MAX_TABLE_RAW).toString('utf8'), MAX_TABLE_VALUES)
  } catch (error) {
    throw damaged(error)
  }
  if (typeof table !== 'object' || table === null || Array.isArray(table)) throw damaged()
  return checkPackRow({ ...table, pack: place.pack, size: place.size })
}

let end: Uint8Array | undefined
function endFrame(): Uint8Array {
  end ??= compressFrame(TAR_END, 3)
  return end
}

function writeTrailer(out: Buffer, tableOffset: number, payload: Uint8Array): void {
  out.writeUInt32LE(TRAILER_FRAME, 0)
  out.writeUInt32LE(TRAILER_BYTES - 8, 4)
  out.write(TRAILER_MAGIC, 8, 'latin1')
  out.writeBigUInt64LE(BigInt(tableOffset), 16)
  out.writeBigUInt64LE(BigInt(payload.length), 24)
  out.set(createHash('sha256').update(payload).digest(), 32)
}
