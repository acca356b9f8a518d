import { type BytePath, comparePaths } from '../scan/path-order.ts'
import { leafPath } from './leaf.ts'
import type { Leaf, Snapshot } from './snapshot-format.ts'

export type HeldLeaf = { readonly leaf: Leaf; readonly first: BytePath; readonly holders: Snapshot[] }

/** Each leaf of these snapshots once, in the order of first paths, with the snapshots that hold it in their order. */
export function distinctLeaves(snapshots: readonly Snapshot[]): HeldLeaf[] {
  const held = new Map<string, HeldLeaf>()
  for (const snapshot of snapshots)
    for (const leaf of snapshot.body.leaves) {
      const there = held.get(leaf[2])
      if (there === undefined) held.set(leaf[2], { leaf, first: leafPath(leaf[0]), holders: [snapshot] })
      else there.holders.push(snapshot)
    }
  return [...held.values()].sort((a, b) => comparePaths(a.first, b.first))
}
