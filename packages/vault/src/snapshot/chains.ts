import { SnapshotId, type WriterId } from '@holdfast/domain'
import type { BrokenSnapshot, SnapshotHistory } from './read-snapshots.ts'
import { parseSnapshotKey, type Snapshot } from './snapshot-format.ts'

/** Every writer's snapshots by sequence number, those that are to be deleted among them. */
export function chainsOf({ snapshots, hidden }: SnapshotHistory): Map<WriterId, Snapshot[]> {
  return Map.groupBy(
    [...snapshots, ...hidden].sort((a, b) => (a.key < b.key ? -1 : 1)),
    ({ body }) => body.writer,
  )
}

const MAX_GAP = 10_000

/** Numbers below a writer's highest that no object has, not even a damaged one, and that no mark explains. */
export function missingSnapshots(
  { broken, marks }: SnapshotHistory,
  chains: ReadonlyMap<WriterId, readonly Snapshot[]>,
): { writer: WriterId; seq: number; id: SnapshotId }[] {
  const named = new Set(broken.map(({ key }) => parseSnapshotKey(key)?.id))
  return [...chains].flatMap(([writer, chain]) => {
    const missing: { writer: WriterId; seq: number; id: SnapshotId }[] = []
    let before = 0
    for (const { body } of chain) {
      // A snapshot may claim any number: of a gap that nobody can have made only the end is named.
      for (let seq = Math.max(before + 1, body.seq - MAX_GAP); seq < body.seq; seq += 1) {
        const id = SnapshotId.parse(`${writer}-${seq}`)
        if (!named.has(id) && !marks.explains(writer, seq)) missing.push({ writer, seq, id })
      }
      before = body.seq
    }
    return missing
  })
}

/**
 * True for a broken object that never was a snapshot: a sound one has its number (the attempt after it), or the next
 * one in the chain follows one before it, so that nobody ever saw it whole.
 */
export function isLeftover(
  { key }: BrokenSnapshot,
  chains: ReadonlyMap<WriterId, readonly Snapshot[]>,
): boolean {
  const named = parseSnapshotKey(key)
  const chain = named === undefined ? undefined : chains.get(named.writer)
  if (named === undefined || chain === undefined) return false
  if (chain.some(({ body }) => body.seq === named.seq)) return true
  const next = chain.find(({ body }) => body.seq > named.seq)
  if (next === undefined) return false
  const before = chain.filter(({ body }) => body.seq < named.seq)
  return next.body.previous === null
    ? before.length === 0
    : before.some(({ sha256 }) => sha256 === next.body.previous)
}
