import type { PieceIndex } from '../index/piece-index.ts'
import type { Marks } from '../marks/read-marks.ts'
import { breathe } from '../scan/breathe.ts'
import type { LeafReader } from '../snapshot/leaf.ts'
import type { SnapshotHistory } from '../snapshot/read-snapshots.ts'
import type { Snapshot } from '../snapshot/snapshot-format.ts'
import { type Findings, isDamage } from './findings.ts'
import { piecesOf } from './where-needed.ts'

/** Keys of packs that listed snapshots need, and of those that only hidden ones need. */
export type Reach = { readonly needed: ReadonlySet<string>; readonly waiting: ReadonlySet<string> }

type Parts = {
  readonly index: PieceIndex
  /** Packs that are there, with their sizes. */
  readonly packs: ReadonlyMap<string, number>
  readonly marks: Marks
  readonly reader: LeafReader
  readonly findings: Findings
  readonly signal: AbortSignal
}

/**
 * Walks every leaf of every snapshot once: each piece that a listed one needs must be in a pack that is there at its
 * size and was not set aside. What hidden ones lack is no damage.
 */
export async function checkReachable(
  { snapshots, hidden }: Pick<SnapshotHistory, 'snapshots' | 'hidden'>,
  parts: Parts,
): Promise<Reach> {
  const seen = new Set<string>()
  const needed = new Set<string>()
  const pieceIsSound = soundness(parts, needed)
  await walkPieces(snapshots, seen, parts, {
    need(id) {
      if (!pieceIsSound(id)) parts.findings.pieces.add(id)
    },
    lost: (leaf) => void parts.findings.leaves.add(leaf),
  })
  const waiting = new Set<string>()
  await walkPieces(hidden, seen, parts, {
    need(id) {
      const spot = parts.index.findHex(id)
      const key = spot === undefined ? undefined : parts.index.packs[spot.pack]?.pack
      if (key !== undefined && !needed.has(key)) waiting.add(key)
    },
    lost: () => undefined,
  })
  return { needed, waiting }
}

/** Tells whether a piece can be had, by its pack, which is judged once and counted as needed. */
function soundness({ index, packs, marks, findings }: Parts, needed: Set<string>): (id: string) => boolean {
  const judged = new Map<number, boolean>()
  const judge = (number: number): boolean => {
    const row = index.packs[number]
    if (row === undefined) return false
    needed.add(row.pack)
    const size = packs.get(row.pack)
    const problem =
      size === undefined
        ? 'it is missing'
        : size !== row.size
          ? `it has ${size} bytes instead of ${row.size}`
          : marks.quarantined.has(row.pack)
            ? 'it was damaged, and a repair could not bring everything in it back'
            : undefined
    if (problem !== undefined) findings.add(row.pack, 'pack', problem)
    return problem === undefined
  }
  return (id) => {
    const spot = index.findHex(id)
    if (spot === undefined) return false
    const known = judged.get(spot.pack) ?? judge(spot.pack)
    judged.set(spot.pack, known)
    return known
  }
}

async function walkPieces(
  snapshots: readonly Snapshot[],
  seen: Set<string>,
  { reader, signal }: Pick<Parts, 'reader' | 'signal'>,
  by: { need(id: string): void; lost(leaf: string): void },
): Promise<void> {
  for (const snapshot of snapshots) {
    for (const leaf of snapshot.body.leaves) {
      const id = leaf[2]
      if (seen.has(id)) continue
      seen.add(id)
      await breathe(signal)
      by.need(id)
      try {
        for (const line of (await reader.read(snapshot, leaf)).split('\n'))
          for (const piece of await piecesOf(line, reader)) by.need(piece)
      } catch (error) {
        if (!isDamage(error)) throw error
        by.lost(id)
      }
    }
  }
}
