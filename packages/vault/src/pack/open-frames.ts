import { HoldfastError } from '@holdfast/domain'
import { decompressFrame, frameContentSize } from './frame.ts'

const MAGIC = Buffer.from('28b52ffd', 'hex')

/**
 * Every zstd frame in a damaged pack that still opens, in order, without the pack's table: frames tell their own
 * length (RFC 8878 3.1.1). After one that does not open, the next magic number is looked for.
 */
export function* openFrames(
  pack: Uint8Array,
): Generator<{ readonly bytes: Uint8Array; readonly raw: Buffer }, void, undefined> {
  const bytes = Buffer.from(pack.buffer, pack.byteOffset, pack.byteLength)
  let at = bytes.indexOf(MAGIC)
  while (at !== -1) {
    const frame = frameAt(bytes, at)
    const raw = frame === undefined ? undefined : opened(frame)
    if (frame !== undefined && raw !== undefined) yield { bytes: frame, raw }
    at = bytes.indexOf(MAGIC, raw === undefined ? at + MAGIC.length : at + (frame?.length ?? 0))
  }
}

function opened(frame: Uint8Array): Buffer | undefined {
  const size = frameContentSize(frame)
  if (size === undefined) return undefined
  try {
    return decompressFrame(frame, size)
  } catch (error) {
    if (error instanceof HoldfastError) return undefined // it is what is damaged
    throw error
  }
}

/** The bytes of the frame that starts at `at`, undefined when its blocks lead out of the pack. */
function frameAt(bytes: Buffer, at: number): Uint8Array | undefined {
  const descriptor = bytes[at + 4]
  if (descriptor === undefined) return undefined
  const isSingle = (descriptor & 0x20) !== 0
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0
  const flag = descriptor >> 6
  let end = at + 5 + (isSingle ? 0 : 1) + dictionary + (flag === 0 ? (isSingle ? 1 : 0) : 1 << flag)
  for (let last = false; !last; ) {
    if (end + 3 > bytes.length) return undefined
    const header = bytes.readUIntLE(end, 3)
    const type = (header >> 1) & 3
    if (type === 3) return undefined
    last = (header & 1) === 1
    end += 3 + (type === 1 ? 1 : header >> 3)
  }
  if ((descriptor & 4) !== 0) end += 4
  return end <= bytes.length ? bytes.subarray(at, end) : undefined
}
