import { HoldfastError } from '@holdfast/domain'
import type { PackRow } from '../index/index-format.ts'
import { putIndexObjects } from '../index/put-index-objects.ts'
import type { PruneEnv, PruneRequest, PruneSummary } from '../prune.ts'
import type { Snapshot } from '../snapshot/snapshot-format.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { withReserve } from '../vault/reserve.ts'
import type { Judgement } from './judge.ts'
import { dropFulfilledMarks, explainDeletion } from './tidy-marks.ts'

/**
 * Phase 2: deletes what is due, in an order that a kill at any moment leaves sound: rows that only a dying object
 * holds are saved, the deletion is explained, snapshots go, then index objects that name dying packs, then packs, then
 * the marks that are fulfilled or no longer meant. A dry run only counts.
 */
export async function deleteDue(
  vault: OpenedVault,
  view: Judgement,
  request: PruneRequest,
  env: PruneEnv,
): Promise<PruneSummary['deleted']> {
  const { state, due } = view
  const snapshots = view.forgotten.filter(({ key }) => due.has(key))
  const packs = [...view.dead].filter((key) => due.has(key)).sort()
  const gone = new Set([...packs, ...snapshots.map(({ key }) => key)])
  const isGone = (row: PackRow) => gone.has(row.pack) || !state.packs.has(row.pack)
  const objects = state.loaded.objects.filter(({ rows }) => rows.some(isGone))
  const counts = {
    snapshots: snapshots.length,
    indexes: objects.length,
    packs: packs.length,
    bytes: packs.reduce((sum, key) => sum + (state.packs.get(key)?.size ?? 0), 0),
  }
  if (request.dryRun) return counts

  const staying = [...state.history.snapshots, ...state.history.hidden].filter(({ key }) => !gone.has(key))
  const saved = rowsToSave({ snapshots, objects, staying, view, isGone })
  await withReserve(vault, env, async () => {
    if (saved.length > 0) await putIndexObjects(vault, saved, env)
    await explainDeletion(vault, { view, gone, staying, isGone }, request, env)
  })
  const dying = snapshots.map(({ key }) => key)
  const keys = [...dying, ...objects.map(({ key }) => key), ...packs]
  for (const [done, key] of keys.entries()) {
    env.emit({ type: 'progress', phase: 'deleting', done, total: keys.length })
    await vault.store.delete(key, { signal: env.signal })
    if (done === dying.length - 1) await expectGone(vault, dying, env)
  }
  await dropFulfilledMarks(vault, { view, gone }, env)
  return counts
}

/** A snapshot that a remote only said to delete would come back to life without its packs. */
async function expectGone(vault: OpenedVault, keys: readonly string[], env: PruneEnv): Promise<void> {
  for (const key of keys)
    if ((await vault.store.stat(key, { signal: env.signal })) !== undefined)
      throw new HoldfastError('REMOTE_LIES', `The remote said that it deleted ${key}, and still has it.`)
}

/** Rows of packs that stay and that nothing but a dying snapshot or index object names. */
function rowsToSave(parts: {
  snapshots: readonly Snapshot[]
  objects: readonly { readonly key: string; readonly rows: readonly PackRow[] }[]
  staying: readonly Snapshot[]
  view: Judgement
  isGone(row: PackRow): boolean
}): PackRow[] {
  const { snapshots, objects, staying, view, isGone } = parts
  const dying = new Set(objects.map(({ key }) => key))
  const named = new Set(
    [
      ...view.state.loaded.objects.filter(({ key }) => !dying.has(key)).flatMap(({ rows }) => rows),
      ...staying.flatMap(({ rows }) => rows),
    ].map((row) => row.pack),
  )
  const saved = new Map<string, PackRow>()
  for (const row of [...objects.flatMap(({ rows }) => rows), ...snapshots.flatMap(({ rows }) => rows)])
    if (!isGone(row) && !named.has(row.pack)) saved.set(row.pack, row)
  return [...saved.values()]
}
