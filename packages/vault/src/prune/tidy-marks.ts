import type { PackRow } from '../index/index-format.ts'
import type { Mark, MarkBody } from '../marks/mark-format.ts'
import { putMark } from '../marks/put-mark.ts'
import type { PruneEnv, PruneRequest } from '../prune.ts'
import { parseSnapshotKey, type Snapshot } from '../snapshot/snapshot-format.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import type { Judgement } from './judge.ts'
import { sweptRanges } from './swept-ranges.ts'

/**
 * Says in one mark which snapshots were deleted on purpose, those that are about to be included, and which deleted
 * packs are still named by snapshots that stay; then drops the marks that said parts of it. Writes nothing when that
 * is said already.
 */
export async function explainDeletion(
  vault: OpenedVault,
  deletion: {
    view: Judgement
    gone: ReadonlySet<string>
    staying: readonly Snapshot[]
    isGone(row: PackRow): boolean
  },
  { installation }: PruneRequest,
  env: PruneEnv,
): Promise<void> {
  const { marks } = deletion.view.state.history.marks
  const present = presentSnapshots(deletion.view)
  const before = marks.filter(({ body }) => body.kind === 'swept')
  const deleted = marks
    .filter(({ body }) => body.kind === 'doomed' || body.kind === 'withdrawn')
    .flatMap(({ body }) => body.snapshots)
    .filter((key) => deletion.gone.has(key) || !present.has(key))
  const swept = sweptRanges([
    ...before.flatMap(({ body }) => body.swept),
    ...[...deleted, ...deletion.gone].flatMap((key): MarkBody['swept'] => {
      const named = parseSnapshotKey(key)
      return named === undefined ? [] : [[named.writer, [[named.seq, named.seq]]]]
    }),
  ])
  const rows = deletion.staying.flatMap((snapshot) => snapshot.rows)
  const packs = [...new Set(rows.filter(deletion.isGone).map((row) => row.pack))].sort()
  const [only] = before
  const said =
    only === undefined
      ? swept.length + packs.length === 0
      : before.length === 1 &&
        JSON.stringify([only.body.swept, only.body.packs]) === JSON.stringify([swept, packs])
  if (said) return
  await putMark(vault, { kind: 'swept', installation, swept, packs }, env)
  for (const { key } of before) await vault.store.delete(key, { signal: env.signal })
}

/**
 * Takes out of the marks what is deleted by now, and what the rules keep after all: that comes back to life. A mark
 * that still means something else is written anew with its own time before the old one goes.
 */
export async function dropFulfilledMarks(
  vault: OpenedVault,
  { view, gone }: { view: Judgement; gone: ReadonlySet<string> },
  env: PruneEnv,
): Promise<void> {
  const present = presentSnapshots(view)
  const going = new Set([
    ...view.forgotten.map(({ key }) => key),
    ...[...view.dead, ...view.sparse].filter((key) => view.state.packs.has(key)),
  ])
  const isMeant = (key: string) => going.has(key) && !gone.has(key)
  for (const mark of view.state.history.marks.marks) {
    if (mark.body.kind === 'doomed') await keepOnly(vault, mark, isMeant, env)
    if (mark.body.kind === 'withdrawn')
      await keepOnly(vault, mark, (key) => present.has(key) && !gone.has(key), env)
  }
}

async function keepOnly(
  vault: OpenedVault,
  { key, body }: Mark,
  isMeant: (key: string) => boolean,
  env: PruneEnv,
): Promise<void> {
  const snapshots = body.snapshots.filter(isMeant)
  const packs = body.packs.filter(isMeant)
  const left = snapshots.length + packs.length
  // One that says nothing is what a prune leaves that may not delete.
  if (left > 0 && left === body.snapshots.length + body.packs.length) return
  if (left > 0) await putMark(vault, { ...body, snapshots, packs }, env)
  await vault.store.delete(key, { signal: env.signal })
}

function presentSnapshots({ state }: Judgement): Set<string> {
  return new Set([...state.history.snapshots, ...state.history.hidden].map(({ key }) => key))
}
