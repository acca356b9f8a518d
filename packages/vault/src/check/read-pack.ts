import { createHash } from 'node:crypto'
import { isHoldfastError } from '@holdfast/domain'
import type { PackRow } from '../index/index-format.ts'
import { readTable, readTrailer, TRAILER_BYTES } from '../pack/pack-format.ts'
import type { Workshop } from '../pack/workshop.ts'
import type { ObjectStore } from '../ports.ts'

export type PackReading = {
  readonly bytesRead: number
  readonly problem: string | undefined
  /** Pieces that do not have the bytes their ids promise. */
  readonly badPieces: readonly string[]
}

/**
 * Reads a pack whole: its hash against its name, its trailer and table against the index, every frame opened and every
 * piece hashed. Damage is the answer; a remote out of reach rejects.
 */
export async function readPack(by: {
  key: string
  row: PackRow | undefined
  store: ObjectStore
  workshop: Workshop
  signal: AbortSignal
}): Promise<PackReading> {
  const { key, row } = by
  let bytes: Uint8Array
  try {
    bytes = await by.store.get(key, { signal: by.signal })
  } catch (error) {
    const lost = isHoldfastError(error, 'OBJECT_MISSING') || isHoldfastError(error, 'REMOTE_LIES')
    if (!lost) throw error
    return { bytesRead: 0, problem: error.message, badPieces: row?.pieces.map(([id]) => id) ?? [] }
  }
  const bytesRead = bytes.length
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 32)
  const named = key.slice(key.lastIndexOf('/') + 1).startsWith(hash)
  const tableProblem = problemOfTable(bytes, key, row)
  const badPieces = row === undefined ? [] : await badPiecesOf(bytes, row, by.workshop)
  const problem = named ? tableProblem : 'its bytes do not have the hash in its name'
  return { bytesRead, problem, badPieces }
}

function problemOfTable(bytes: Uint8Array, key: string, row: PackRow | undefined): string | undefined {
  try {
    const { offset, length, sha256 } = readTrailer(bytes.subarray(-TRAILER_BYTES))
    const table = readTable(bytes.subarray(offset, offset + length), {
      pack: key,
      size: bytes.length,
      sha256,
    })
    const same =
      row === undefined ||
      JSON.stringify([table.frames, table.pieces]) === JSON.stringify([row.frames, row.pieces])
    return same ? undefined : 'its table and the index do not agree'
  } catch (error) {
    if (isHoldfastError(error, 'VAULT_DAMAGED')) return error.message
    throw error
  }
}

async function badPiecesOf(bytes: Uint8Array, row: PackRow, workshop: Workshop): Promise<string[]> {
  const byFrame = Map.groupBy(row.pieces, ([, frame]) => frame)
  const frames = row.frames.map(([offset, length, rawLength], i) => ({
    offset,
    length,
    rawLength,
    pieces: (byFrame.get(i) ?? []).map(([id, , inner, size]) => [id, inner, size] as const),
  }))
  const bad: string[] = []
  // A few frames a job, so that a pack full of zeros does not open into gigabytes at once.
  for (let at = 0; at < frames.length; at += FRAMES_PER_JOB) {
    const part = frames.slice(at, at + FRAMES_PER_JOB)
    const start = part[0]?.offset ?? 0
    const end = part.reduce((most, frame) => Math.max(most, frame.offset + frame.length), start)
    const buffer = new Uint8Array(bytes.subarray(start, end))
    const job = part.map((frame) => ({ ...frame, offset: frame.offset - start }))
    const { raws } = await workshop.unseal({ buffer, frames: job })
    raws.forEach((raw, i) => {
      if (typeof raw === 'string') bad.push(...(part[i]?.pieces ?? []).map(([id]) => id))
    })
  }
  return bad
}

const FRAMES_PER_JOB = 4
