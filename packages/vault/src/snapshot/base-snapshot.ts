import { comparePaths } from '../scan/path-order.ts'
import { pathToText } from '../scan/path-text.ts'
import { leafPath } from './leaf.ts'
import type { Leaf, Snapshot } from './snapshot-format.ts'

/** What a run is compared with: one manifest, and the snapshots that it stands on. */
export type Base = {
  readonly manifest: Snapshot | undefined
  readonly keys: readonly string[]
  /** The newest whole run that is not suspect: what a source should still look like. */
  readonly trusted: Snapshot | undefined
}

/**
 * The newest run of the same plan in which no label stands for another path; after a run that was cut off, its last
 * checkpoint as far as that got, and the run before it from there on.
 */
export function baseSnapshot(
  snapshots: readonly Snapshot[],
  request: { plan: string | null; sources: readonly { label: Uint8Array; path: Uint8Array }[] },
): Base {
  const paths = new Map(request.sources.map((s) => [pathToText(s.label), pathToText(s.path)]))
  const fitting = snapshots.filter(
    ({ body }) =>
      body.plan === request.plan &&
      body.labels.some(({ label }) => paths.has(label)) &&
      body.labels.every(({ label, path }) => !paths.has(label) || paths.get(label) === path),
  )
  const run = fitting.findLast(({ body }) => body.kind === 'run')
  const newest = fitting.at(-1)
  const checkpoint = newest?.body.kind === 'checkpoint' ? newest : undefined
  const keys = [run, checkpoint].flatMap((snapshot) => (snapshot === undefined ? [] : [snapshot.key]))
  const trusted = fitting.findLast(({ body }) => body.kind === 'run' && !body.suspect)
  return { manifest: splice(run, checkpoint), keys, trusted }
}

/** Its walk counts as begun when the earlier of both began, so that no change in between is missed. */
function splice(run: Snapshot | undefined, checkpoint: Snapshot | undefined): Snapshot | undefined {
  if (run === undefined || checkpoint === undefined) return checkpoint ?? run
  const lastLeaf = checkpoint.body.leaves.at(-1)
  const end = lastLeaf === undefined ? '' : leafPath(lastLeaf[1])
  const shift = checkpoint.body.packs.length
  const rest = run.body.leaves
    .filter((leaf) => comparePaths(leafPath(leaf[1]), end) > 0)
    .map(([first, last, id, lines, pack, ...place]): Leaf => [first, last, id, lines, pack + shift, ...place])
  const [a, b] = [BigInt(run.body.scanStartedNs), BigInt(checkpoint.body.scanStartedNs)]
  return {
    ...checkpoint,
    body: {
      ...run.body,
      scanStartedNs: String(a < b ? a : b),
      packs: [...checkpoint.body.packs, ...run.body.packs],
      leaves: [...checkpoint.body.leaves, ...rest],
    },
  }
}
