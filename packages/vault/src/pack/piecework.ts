import { type CutMode, cutWindow, gearTable } from '../chunk/chunker.ts'
import { createPieceHasher, PIECE_ID_BYTES, sha256Hex } from '../chunk/piece-id.ts'
import type { BytePath } from '../scan/path-order.ts'
import { compressFrame, decompressFrame, opensTo } from './frame.ts'
import { tarHeader, tarPadding } from './tar-member.ts'

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

/** A piece as a tar member: where its bytes lie in the job's buffer, and what its headers say. */
export type Member = {
  readonly name: BytePath
  readonly offset: number
  readonly length: number
  readonly mtimeSeconds: number
  readonly mode: number
}

/** Put members into one frame each, or all into one. */
export type SealJob = {
  readonly buffer: Uint8Array
  readonly members: readonly Member[]
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
      const groups = together ? [members] : members.map((member) => [member])
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
    const headers = members.map((m) => tarHeader(m.name, m.length, m.mtimeSeconds, m.mode))
    const rawLength = members.reduce(
      (sum, m, i) => sum + (headers[i] as Buffer).length + m.length + tarPadding(m.length),
      0,
    )
    if (scratch.length < rawLength) scratch = Buffer.allocUnsafeSlow(rawLength)
    const raw = scratch.subarray(0, rawLength)
    const inner: number[] = []
    let at = 0
    members.forEach((member, i) => {
      const header = headers[i] as Buffer
      raw.set(header, at)
      at += header.length
      inner.push(at)
      raw.set(buffer.subarray(member.offset, member.offset + member.length), at)
      at += member.length
      raw.fill(0, at, at + tarPadding(member.length))
      at += tarPadding(member.length)
    })
    const bytes = compressFrame(raw, level)
    if (!opensTo(bytes, raw)) throw new Error('a compressed frame did not open to the bytes that went in')
    return { bytes, rawLength, inner }
  }
}
