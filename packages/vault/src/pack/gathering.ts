import { HoldfastError } from '@holdfast/domain'
import type { PackRow } from '../index/index-format.ts'
import { compressFrame, decompressFrame } from './frame.ts'
import type { PackWriter } from './pack-writer.ts'

/** Raw bytes after which a frame of gathered members is closed. */
const FRAME_BYTES = 1024 * 1024

type CopiedPiece = {
  readonly id: string
  readonly handle: number
  readonly length: number
  readonly inner: number
}

/** Members of one kind of pack on their way into shared frames of at most FRAME_BYTES, or one member. */
export type Gathering = {
  /** The member with its headers and padding; `inner` is where its content starts in it. The bytes are copied. */
  add(writer: PackWriter, member: Uint8Array, piece: CopiedPiece): Promise<void>
  /** Hands what is gathered to the writer. */
  close(writer: PackWriter): Promise<void>
}

/** Gathers members that are copied out of other packs. */
export function createGathering(kind: PackRow['kind']): Gathering {
  let members: Uint8Array[] = []
  let pieces: CopiedPiece[] = []
  let size = 0

  async function close(writer: PackWriter): Promise<void> {
    if (members.length === 0) return
    const raw = Buffer.concat(members)
    const bytes = compressFrame(raw, 3)
    if (!raw.equals(decompressFrame(bytes, raw.length)))
      throw new HoldfastError('INTERNAL', 'A compressed frame did not open to the bytes that went in.')
    const frame = { bytes, rawLength: raw.length, inner: pieces.map(({ inner }) => inner) }
    const closed = pieces
    members = []
    pieces = []
    size = 0
    await writer.add(kind, frame, closed)
  }

  return {
    async add(writer: PackWriter, member: Uint8Array, piece: CopiedPiece): Promise<void> {
      if (size > 0 && size + member.length > FRAME_BYTES) await close(writer)
      members.push(Uint8Array.from(member))
      pieces.push({ ...piece, inner: size + piece.inner })
      size += member.length
      // A leaf is looked for in a frame of its own.
      if (kind === 'meta' || size >= FRAME_BYTES) await close(writer)
    },
    close,
  }
}
