import { isHoldfastError } from '@holdfast/domain'
import { sha256Hex } from '../chunk/piece-id.ts'
import type { FrameRow, PackRow, PieceRow } from '../index/index-format.ts'
import type { PieceIndex } from '../index/piece-index.ts'
import type { ObjectStore, Random } from '../ports.ts'
import { MAX_FRAME_RAW } from './frame.ts'
import { closePack, packKey } from './pack-format.ts'
import type { SealedFrame } from './piecework.ts'
import { putVerified } from './put-verified.ts'

/** Size at which a pack is closed and sent, bytes. */
const PACK_TARGET = 32 * 1024 * 1024
/** Pieces at which it is closed too, so that neither its table nor an index object grows beyond what readers take. */
const PACK_PIECES = 50_000
const ATTEMPTS = 3

/** A piece that a sealed frame holds: its id and its handle in the index. */
export type SealedPiece = { readonly id: string; readonly handle: number; readonly length: number }

/**
 * Gathers sealed frames into packs and sends full ones, `inFlight` at once. A failed send is tried again under a new
 * name: after an ambiguous failure the first one may still land (research: pCloud, rclone serve s3).
 */
export type PackWriter = {
  /** Adds a frame, whose bytes are copied at once. Resolves when there is room for more, which is when slow remotes hold the caller back. */
  add(kind: PackRow['kind'], frame: SealedFrame, pieces: readonly SealedPiece[]): Promise<void>
  /** Sends what is open and waits for everything. Afterwards every pack's size has been confirmed. */
  finish(): Promise<void>
  /** Waits for what is on its way, whatever comes of it. */
  settled(): Promise<void>
  /** Packs confirmed so far, in no particular order. */
  readonly stored: readonly PackRow[]
  readonly bytesStored: () => number
}

/** The frames so far lie at the beginning of `room`. */
type OpenPack = {
  kind: PackRow['kind']
  room: Uint8Array
  frames: FrameRow[]
  pieces: OpenPiece[]
  size: number
}
type OpenPiece = { id: string; handle: number; frame: number; inner: number; length: number }

export function createPackWriter(
  index: PieceIndex,
  store: ObjectStore,
  options: {
    random: Random
    signal: AbortSignal
    inFlight: number
    onStored(bytes: number): void
    /** The SHA-256 of shared bytes as hex, when somebody else can do that. */
    digest?(buffer: Uint8Array): Promise<string>
  },
): PackWriter {
  const spare: Uint8Array[] = []
  const open: Record<PackRow['kind'], OpenPack> = { data: emptyPack('data'), meta: emptyPack('meta') }
  const sending = new Set<Promise<void>>()
  const stored: PackRow[] = []
  let bytes = 0
  let failure: { error: unknown } | undefined

  function launch(pack: OpenPack): void {
    const sent = send(pack)
      .catch((error: unknown) => {
        failure ??= { error }
      })
      .finally(() => sending.delete(sent))
    sending.add(sent)
  }

  async function send(pack: OpenPack): Promise<void> {
    const { kind, frames } = pack
    const pieces: PieceRow[] = pack.pieces.map((p) => [p.id, p.frame, p.inner, p.length])
    const body = closePack(pack.room, pack.size, { kind, frames, pieces })
    const key = await putUnderNewNames(body)
    if (pack.room.length === PACK_ROOM) spare.push(pack.room)
    const row: PackRow = { pack: key, size: body.length, kind, frames, pieces }
    const number = index.addPackOnly(row)
    for (const p of pack.pieces)
      index.place(p.handle, { pack: number, frame: p.frame, inner: p.inner, length: p.length })
    stored.push(row)
    bytes += body.length
    options.onStored(body.length)
  }

  async function putUnderNewNames(body: Buffer): Promise<string> {
    const isShared = body.buffer instanceof SharedArrayBuffer
    const sha256 = isShared && options.digest !== undefined ? await options.digest(body) : sha256Hex(body)
    for (let attempt = 1; ; attempt += 1) {
      const key = packKey(sha256, Buffer.from(options.random.bytes(2)).toString('hex'))
      try {
        await putVerified(store, key, body, options)
        return key
      } catch (error) {
        if (attempt === ATTEMPTS || !isHoldfastError(error) || !error.retryable) throw error
        options.signal.throwIfAborted()
      }
    }
  }

  /** Puts a frame's bytes behind those that are there; memory is taken when the first one comes. */
  function append(pack: OpenPack, bytes: Uint8Array): void {
    if (pack.room.length === 0) pack.room = spare.pop() ?? new Uint8Array(new SharedArrayBuffer(PACK_ROOM))
    if (pack.size + bytes.length > pack.room.length) {
      const larger = new Uint8Array(pack.size + bytes.length)
      larger.set(pack.room.subarray(0, pack.size))
      pack.room = larger
    }
    pack.room.set(bytes, pack.size)
    pack.size += bytes.length
  }

  function raise(): void {
    if (failure !== undefined) throw failure.error
  }

  return {
    stored,
    bytesStored: () => bytes,
    async add(kind, frame, pieces) {
      raise()
      const pack = open[kind]
      const number = pack.frames.length
      pack.frames.push([pack.size, frame.bytes.length, frame.rawLength])
      pieces.forEach((piece, i) => {
        pack.pieces.push({ ...piece, frame: number, inner: frame.inner[i] as number })
      })
      append(pack, frame.bytes)
      if (pack.size < PACK_TARGET && pack.pieces.length < PACK_PIECES) return
      open[kind] = emptyPack(kind)
      launch(pack)
      while (sending.size > options.inFlight) await Promise.race(sending)
      raise()
    },
    async finish() {
      raise()
      const { data, meta } = open
      open.data = emptyPack('data')
      open.meta = emptyPack('meta')
      // A small run stores one pack, not two: what is left of the manifest rides with the data.
      const together = data.size > 0 && meta.size > 0 && data.size + meta.size < SMALL_RUN
      if (together) append(data, meta.room.subarray(0, meta.size))
      for (const pack of together ? [joined(data, meta)] : [data, meta]) if (pack.size > 0) launch(pack)
      await Promise.all(sending)
      raise()
    },
    async settled() {
      await Promise.all(sending)
    },
  }
}

const SMALL_RUN = 1024 * 1024
/** What the largest pack takes: a last frame that goes beyond the target, and an ordinary table. */
const PACK_ROOM = PACK_TARGET + MAX_FRAME_RAW + 3 * 1024 * 1024

function emptyPack(kind: PackRow['kind']): OpenPack {
  return { kind, room: new Uint8Array(0), frames: [], pieces: [], size: 0 }
}

/** One pack of both; the frames of `meta` lie behind those of `data` already. */
function joined(data: OpenPack, meta: OpenPack): OpenPack {
  const start = data.size - meta.size
  return {
    ...{ kind: 'data', room: data.room, size: data.size },
    frames: [...data.frames, ...meta.frames.map(([at, length, raw]) => [start + at, length, raw] as const)],
    pieces: [...data.pieces, ...meta.pieces.map((p) => ({ ...p, frame: p.frame + data.frames.length }))],
  }
}
