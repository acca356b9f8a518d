import { DAY_MS } from '@holdfast/domain'
import type { PackRow } from '../index/index-format.ts'
import type { Mark, MarkBody } from '../marks/mark-format.ts'
import { putMark } from '../marks/put-mark.ts'
import type { PruneEnv, PruneRequest } from '../prune.ts'
import { parseSnapshotKey, type Snapshot } from '../snapshot/snapshot-format.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import type { Judgement } from './judge.ts'
import { sweptRanges } from './swept-ranges.ts'

/**
 * How long a deleted pack stays named as absent, milliseconds: a run that knew it before it was deleted must still see
 * that when it commits, and runs look at the marks at least at every checkpoint.
 */
const TOMBSTONE_MS = 7 * DAY_MS

/**
 * Says in a mark which snapshots were deleted on purpose and which packs are gone, those that are about to go included.
 * Marks that have said so for a week become one, which names only the packs that snapshots still name. Writes nothing
 * when all is said already.
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
  const swept = marks.filter(({ body }) => body.kind === 'swept')
  const named = new Set(deletion.staying.flatMap(({ rows }) => rows.map((row) => row.pack)))
  const absentRows = deletion.staying.flatMap(({ rows }) => rows).filter(deletion.isGone)
  const packs = withoutSaid(
    [...deletion.gone].filter((key) => !isSnapshotKey(key)),
    absentRows.map((row) => row.pack),
    swept.flatMap(({ body }) => body.packs),
  )
  const ranges = newlySwept(deletion, swept)
  if (ranges.length + packs.length > 0)
    await putMark(vault, { kind: 'swept', installation, swept: ranges, packs }, env)

  const old = swept.filter(({ body }) => Date.parse(body.time) < env.clock.nowMs() - TOMBSTONE_MS)
  const kept = [...new Set(old.flatMap(({ body }) => body.packs))].filter((key) => named.has(key)).sort()
  const [only] = old
  if (only === undefined || (old.length === 1 && kept.length === only.body.packs.length)) return
  const joined = sweptRanges(old.flatMap(({ body }) => body.swept))
  const { time } = (old.at(-1) ?? only).body
  await putMark(vault, { kind: 'swept', installation, time, swept: joined, packs: kept }, env)
  for (const { key } of old) await vault.store.delete(key, { signal: env.signal })
}

function withoutSaid(gone: readonly string[], named: readonly string[], said: readonly string[]): string[] {
  const known = new Set(said)
  return [...new Set([...gone, ...named])].filter((key) => !known.has(key)).sort()
}

/** Numbers of snapshots that are gone or about to go, and that no mark calls swept yet. */
function newlySwept(
  { view, gone }: { view: Judgement; gone: ReadonlySet<string> },
  swept: readonly Mark[],
): MarkBody['swept'] {
  const present = presentSnapshots(view)
  const deleted = view.state.history.marks.marks
    .filter(({ body }) => body.kind === 'doomed' || body.kind === 'withdrawn')
    .flatMap(({ body }) => body.snapshots)
    .filter((key) => gone.has(key) || !present.has(key))
  const said = new Map(sweptRanges(swept.flatMap(({ body }) => body.swept)))
  return sweptRanges(
    [...deleted, ...gone].flatMap((key): MarkBody['swept'] => {
      const named = parseSnapshotKey(key)
      if (named === undefined) return []
      const { writer, seq } = named
      const isSaid = said.get(writer)?.some(([from, to]) => from <= seq && seq <= to) === true
      return isSaid ? [] : [[writer, [[seq, seq]]]]
    }),
  )
}

function isSnapshotKey(key: string): boolean {
  return key.startsWith('snaps/')
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
