import { isHoldfastError } from '@holdfast/domain'
import type { PieceIndex } from '../index/piece-index.ts'
import type { UnsealJob } from '../pack/piecework.ts'
import type { Workshop } from '../pack/workshop.ts'
import type { ObjectStore } from '../ports.ts'

/** A piece that somebody waits for: `deliver` gets its verified bytes, or why they can't be had. */
export type Want = {
  readonly id: string
  readonly length: number
  deliver(bytes: Uint8Array | undefined, problem: string | undefined): void
}

/**
 * Fetches wanted pieces in the order of the packs: frames that lie near each other come by one range read, several
 * reads at once, each frame opened once and every piece verified before it is delivered.
 */
export type PieceFetcher = {
  want(want: Want): void
  /** Bytes that the wanted frames have when opened: the memory a `flush` may need, in turns. */
  readonly wantedBytes: number
  readonly wanted: number
  /** Fetches and delivers everything wanted so far. Rejects when the remote is out of reach. */
  flush(): Promise<void>
}

/** Raw bytes of wanted frames after which a caller should `flush`. */
export const WINDOW_BYTES = 48 * 1024 * 1024
/** Frames closer than this are read together. */
const GAP_BYTES = 256 * 1024
const RANGE_BYTES = 8 * 1024 * 1024
const RANGE_RAW_BYTES = 32 * 1024 * 1024
const READS_AT_ONCE = 4

type WantedFrame = { pack: number; frame: number; wants: { want: Want; inner: number }[] }
type RangeRead = { pack: number; offset: number; length: number; raw: number; frames: WantedFrame[] }

export function createPieceFetcher(parts: {
  index: PieceIndex
  store: ObjectStore
  workshop: Workshop
  signal: AbortSignal
}): PieceFetcher {
  const { index, store, workshop, signal } = parts
  let frames = new Map<number, WantedFrame>()
  let wanted = 0
  let wantedBytes = 0

  const frameRow = (frame: WantedFrame) => index.packs[frame.pack]?.frames[frame.frame] ?? [0, 0, 0]

  function reads(): RangeRead[] {
    const sorted = [...frames.values()].sort((a, b) => a.pack - b.pack || a.frame - b.frame)
    const out: RangeRead[] = []
    for (const frame of sorted) {
      const [offset, length, raw] = frameRow(frame)
      const last = out[out.length - 1]
      const end = last === undefined ? 0 : last.offset + last.length
      if (
        last !== undefined &&
        last.pack === frame.pack &&
        offset - end <= GAP_BYTES &&
        offset + length - last.offset <= RANGE_BYTES &&
        last.raw + raw <= RANGE_RAW_BYTES
      ) {
        last.length = offset + length - last.offset
        last.raw += raw
        last.frames.push(frame)
      } else out.push({ pack: frame.pack, offset, length, raw, frames: [frame] })
    }
    return out
  }

  async function fetch(read: RangeRead): Promise<void> {
    const key = index.packs[read.pack]?.pack ?? ''
    const range = { offset: read.offset, length: read.length }
    let bytes: Uint8Array
    try {
      bytes = await store.get(key, { range, signal })
    } catch (error) {
      const problem = lossOf(error)
      for (const frame of read.frames) fail(frame, problem)
      return
    }
    const jobs: UnsealJob['frames'] = read.frames.map((frame) => {
      const [offset, length, rawLength] = frameRow(frame)
      const pieces = frame.wants.map(({ want, inner }) => [want.id, inner, want.length] as const)
      return { offset: offset - read.offset, length, rawLength, pieces }
    })
    const buffer = bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes)
    const { raws } = await workshop.unseal({ buffer, frames: jobs })
    raws.forEach((raw, i) => {
      const frame = read.frames[i] as WantedFrame
      if (typeof raw === 'string') fail(frame, `damaged in ${key}: ${raw}`)
      else
        for (const { want, inner } of frame.wants)
          want.deliver(raw.subarray(inner, inner + want.length), undefined)
    })
  }

  /** What a failed read means for its files: damage is theirs alone, anything else ends the restore. */
  function lossOf(error: unknown): string {
    if (isHoldfastError(error, 'OBJECT_MISSING') || isHoldfastError(error, 'REMOTE_LIES'))
      return error.message
    throw error
  }

  return {
    get wanted() {
      return wanted
    },
    get wantedBytes() {
      return wantedBytes
    },
    want(want) {
      const spot = index.findHex(want.id)
      if (spot === undefined || spot.length !== want.length) {
        want.deliver(undefined, 'the vault does not hold its content')
        return
      }
      const key = spot.pack * 0x100000 + spot.frame
      let frame = frames.get(key)
      if (frame === undefined) {
        frame = { pack: spot.pack, frame: spot.frame, wants: [] }
        frames.set(key, frame)
        wantedBytes += frameRow(frame)[2]
      }
      frame.wants.push({ want, inner: spot.inner })
      wanted += 1
    },
    async flush() {
      const list = reads()
      frames = new Map()
      wanted = 0
      wantedBytes = 0
      let next = 0
      await Promise.all(
        Array.from({ length: Math.min(READS_AT_ONCE, list.length) }, async () => {
          while (next < list.length) {
            signal.throwIfAborted()
            const read = list[next] as RangeRead
            next += 1
            await fetch(read)
          }
        }),
      )
    },
  }
}

function fail(frame: WantedFrame, problem: string): void {
  for (const { want } of frame.wants) want.deliver(undefined, problem)
}
