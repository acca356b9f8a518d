import { type CutMode, cutWindow, gearTable } from '../chunk/chunker.ts'
import { createPieceHasher, PIECE_ID_BYTES, sha256Hex } from '../chunk/piece-id.ts'
import { compressFrame, decompressFrame, opensTo } from './frame.ts'
import { type Member, type Members, membersOf } from './members.ts'
import { MOST_HEADER, putTarHeader, tarPadding } from './tar-member.ts'

/** The CPU work on bytes, without any place or time: the same functions run in worker threads and, in tests, inline. */
export type Piecework = {
  digest(job: DigestJob): { sha256: string }
  identify(job: IdentifyJob): { ids: Uint8Array }
  cut(job: CutJob): { cuts: Int32Array; ids: Uint8Array }
  seal(job: SealJob): { frames: SealedFrame[] }
  unseal(job: UnsealJob): { raws: (Uint8Array | string)[] }
}

/** The SHA-256 of a buffer, as hex. */
export type DigestJob = { readonly buffer: Uint8Array }

/** Hash spans of a buffer (offset, length, …); the SPAN_GAP bytes before each span are scratch. */
export type IdentifyJob = { readonly buffer: Uint8Array; readonly spans: Int32Array }

/** Cut a window of a file, see `cutWindow`; `cuts` is offset, length, 1 for a hole, …; ids of the pieces only. */
export type CutJob = {
  readonly buffer: Uint8Array
  readonly length: number
  readonly fileOffset: number
  readonly mode: CutMode
  readonly last: boolean
}

/** Put members into one frame each, or all into one. */
export type SealJob = {
  readonly buffer: Uint8Array
  readonly members: Members
  readonly together: boolean
  readonly level: number
}

/** A compressed frame: `rawLength` bytes when opened, where each member's content starts at `inner[i]`. */
export type SealedFrame = { readonly bytes: Uint8Array; readonly rawLength: number; readonly inner: number[] }

/** Open frames that lie in a buffer and verify the pieces wanted from them. */
export type UnsealJob = {
  readonly buffer: Uint8Array
  readonly frames: readonly {
    readonly offset: number
    readonly length: number
    readonly rawLength: number
    /** id as hex, inner offset, length of each piece to verify. */
    readonly pieces: readonly (readonly [id: string, inner: number, length: number])[]
  }[]
}

/** Keys come once; a job names no key. */
export function createPiecework(keys: { pieceId: Uint8Array; chunker: Uint8Array }): Piecework {
  const hasher = createPieceHasher(keys.pieceId)
  const sealFrame = createFrameSealer()
  let table: Int32Array | undefined
  return {
    digest: ({ buffer }) => ({ sha256: sha256Hex(buffer) }),

    identify({ buffer, spans }) {
      const ids = new Uint8Array((spans.length / 2) * PIECE_ID_BYTES)
      for (let i = 0; i < spans.length; i += 2)
        ids.set(hasher.ofSpan(buffer, spans[i] as number, spans[i + 1] as number), (i / 2) * PIECE_ID_BYTES)
      return { ids }
    },

    cut({ buffer, length, fileOffset, mode, last }) {
      table ??= gearTable(keys.chunker)
      const found = cutWindow(buffer.subarray(0, length), table, { fileOffset, mode, last })
      const ids = new Uint8Array(found.length * PIECE_ID_BYTES)
      const cuts = new Int32Array(found.length * 3)
      found.forEach((cut, i) => {
        cuts.set([cut.offset, cut.length, cut.hole ? 1 : 0], i * 3)
        if (!cut.hole)
          ids.set(hasher.of(buffer.subarray(cut.offset, cut.offset + cut.length)), i * PIECE_ID_BYTES)
      })
      return { cuts, ids }
    },

    seal({ buffer, members, together, level }) {
      const all = membersOf(members)
      const groups = together ? [all] : all.map((member) => [member])
      return { frames: groups.map((group) => sealFrame(buffer, group, level)) }
    },

    unseal({ buffer, frames }) {
      return {
        raws: frames.map((frame) => {
          try {
            const raw = decompressFrame(
              buffer.subarray(frame.offset, frame.offset + frame.length),
              frame.rawLength,
            )
            for (const [id, inner, length] of frame.pieces)
              if (hasher.of(raw.subarray(inner, inner + length)).toString('hex') !== id)
                return 'a piece does not have the bytes that its id promises'
            return raw
          } catch (error) {
            return error instanceof Error ? error.message : String(error)
          }
        }),
      }
    },
  }
}

/** Makes frames of whole tar members, each opened again and compared before it is handed on (see `opensTo`). */
function createFrameSealer(): (buffer: Uint8Array, members: readonly Member[], level: number) => SealedFrame {
  // One for all frames: memory that is new each time costs more than what is done in it.
  let scratch = Buffer.alloc(0)
  return (buffer, members, level) => {
    const most = members.reduce(
      (sum, m) => sum + MOST_HEADER + m.name.length + m.length + tarPadding(m.length),
      0,
    )
    if (scratch.length < most) scratch = Buffer.allocUnsafeSlow(most)
    const inner: number[] = []
    let at = 0
    for (const { name, offset, length, mtimeSeconds, mode } of members) {
      at += putTarHeader(scratch.subarray(at), name, { size: length, mtimeSeconds, mode })
      inner.push(at)
      scratch.set(buffer.subarray(offset, offset + length), at)
      at += length
      const padding = tarPadding(length)
      scratch.fill(0, at, at + padding)
      at += padding
    }
    const rawLength = at
    const raw = scratch.subarray(0, rawLength)
    const bytes = compressFrame(raw, level)
    if (!opensTo(bytes, raw)) throw new Error('a compressed frame did not open to the bytes that went in')
    return { bytes, rawLength, inner }
  }
}
