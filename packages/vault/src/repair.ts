import type { LogLevel, SnapshotId } from '@holdfast/domain'
import { MAX_NAMED, pathOfNeed } from './check/affected.ts'
import { whereNeeded } from './check/where-needed.ts'
import { eventStream } from './event-stream.ts'
import type { PackRow } from './index/index-format.ts'
import { putIndexObjects } from './index/put-index-objects.ts'
import { putMark } from './marks/put-mark.ts'
import { openWorkshop } from './pack/workshop.ts'
import type { SourceTree } from './ports.ts'
import { sweptRanges } from './prune/swept-ranges.ts'
import { rescueFromFiles } from './repair/from-live-files.ts'
import { rescueFromStrays } from './repair/from-stray-packs.ts'
import { deadKeyFiles, mendPlainFiles } from './repair/mend-plain-files.ts'
import { type MendedSealed, mendSealed } from './repair/mend-sealed.ts'
import { readWholeIndex, type WholeIndex } from './repair/read-index.ts'
import { createRescue, type Tally } from './repair/rescue.ts'
import { type Survey, surveyVault } from './repair/survey.ts'
import type { EngineEnv } from './vault/create-vault.ts'
import type { OpenedVault } from './vault/open-vault.ts'

export type RepairRequest = {
  /** Look for lost pieces in the live files that the snapshots name, through `env.source`. */
  readonly sources: 'labels' | 'none'
  /** Say what would be done and write nothing. */
  readonly dryRun: boolean
  /** Who sets things aside: 16 hex digits. */
  readonly installation: string
}

export type RepairSummary = {
  /** True when nothing is lost. */
  readonly ok: boolean
  readonly dryRun: boolean
  /** Objects that were written anew; `sealed` are snapshots, marks and claims, `plain` copies of vault.json, README, reserve. */
  readonly rebuilt: {
    readonly indexes: number
    readonly packs: number
    readonly sealed: number
    readonly plain: number
  }
  /** Pieces copied out of damaged packs, or taken from the home's cache. */
  readonly salvaged: Readonly<Tally>
  /** Pieces taken from live files. */
  readonly restored: Readonly<Tally>
  /** Keys of objects that were set aside. */
  readonly quarantined: readonly string[]
  /** Files that can't be restored any more, at most 10,000; a snapshot that is gone as a whole has an empty path. */
  readonly lost: readonly { readonly snapshot: SnapshotId; readonly path: string }[]
}

export type RepairEvent =
  | {
      readonly type: 'progress'
      readonly phase: 'reading' | 'salvaging' | 'files' | 'writing'
      readonly done: number
      readonly total: number | null
    }
  | { readonly type: 'log'; readonly level: LogLevel; readonly text: string }
  | { readonly type: 'finished'; readonly summary: RepairSummary }

export type RepairEnv = EngineEnv & {
  readonly source?: SourceTree | undefined
  readonly threads?: number
  readonly signal: AbortSignal
  readonly emit: (event: RepairEvent) => void
}

/**
 * Makes a vault whole again as far as that can be: reads everything, puts damaged snapshots again from the home's
 * cache, writes index objects for packs that none names, copies what still verifies out of damaged packs, looks for the
 * rest in the live files, and then sets the damaged objects aside by a mark. Nothing is deleted, and nothing is
 * believed damaged before it was read twice. Killed at any moment it leaves the vault no worse, and a second one goes on.
 *
 * What is lost is an answer, not an error. Rejects with VAULT_DAMAGED when both copies of vault.json are damaged, with
 * VAULT_NEWER, CANCELLED, or the store's errors.
 */
export function repair(
  vault: OpenedVault,
  request: RepairRequest,
  env: Omit<RepairEnv, 'signal' | 'emit'> & EngineEnv,
): AsyncGenerator<RepairEvent, void, undefined> {
  return eventStream<RepairEvent>((emit, signal) => runRepair(vault, request, { ...env, signal, emit }), {
    signal: env.signal,
    coalesce: (event) => event.type === 'progress',
  })
}

async function runRepair(vault: OpenedVault, request: RepairRequest, env: RepairEnv): Promise<RepairEvent> {
  const sealed = await mendSealed(vault, request, env)
  const { history } = sealed
  const whole = await readWholeIndex(vault, history, env)
  await using workshop = openWorkshop(vault.keys, { threads: env.threads ?? 2 })
  const survey = await surveyVault(vault, { history, whole, workshop }, env)

  const rescue = createRescue(vault, { wanted: survey.wanted, whole, request }, env)
  await rescue.fromPacks()
  await rescueFromStrays(vault, { wanted: survey.wanted, whole, rescue }, env)
  await rescue.fromCache()
  const { source } = env
  if (source !== undefined && request.sources === 'labels')
    await rescueFromFiles(vault, { history, survey, rescue, source }, env)
  env.emit({ type: 'progress', phase: 'writing', done: 0, total: null })
  const packs = await rescue.finish()
  const indexes = await nameThem(vault, { packs, whole, survey }, request, env)
  const quarantined = await setAside(vault, { sealed, whole, survey }, request, env)
  const plain = await mendPlainFiles(vault, request, env)

  const lost = await whatIsLost(sealed, survey, env)
  const summary: RepairSummary = {
    ok: lost.length === 0,
    dryRun: request.dryRun,
    rebuilt: { indexes, packs: packs.length, sealed: sealed.putAgain, plain },
    salvaged: rescue.salvaged,
    restored: rescue.restored,
    quarantined,
    lost,
  }
  return { type: 'finished', summary }
}

/** Writes index objects for new packs and for those that nothing else names; answers how many. */
async function nameThem(
  vault: OpenedVault,
  by: { packs: readonly PackRow[]; whole: WholeIndex; survey: Survey },
  { dryRun }: RepairRequest,
  env: RepairEnv,
): Promise<number> {
  const rows = [...by.packs, ...by.whole.index.packs.filter((row) => by.survey.unnamed.has(row.pack))]
  if (dryRun) return rows.length === 0 ? 0 : 1
  return (await putIndexObjects(vault, rows, env)).keys.length
}

/** Last of all, when what is in them is safe elsewhere. Answers the keys. */
async function setAside(
  vault: OpenedVault,
  by: { sealed: MendedSealed; whole: WholeIndex; survey: Survey },
  { installation, dryRun }: RepairRequest,
  env: RepairEnv,
): Promise<string[]> {
  const { sealed, whole, survey } = by
  const { quarantined } = sealed.history.marks
  const keys = await deadKeyFiles(vault, quarantined, env)
  const snapshots = [...sealed.aside, ...keys].filter((key) => !quarantined.has(key))
  const packs = [...survey.bad].sort()
  const gone = sweptRanges(sealed.gone.map(({ writer, seq }) => [writer, [[seq, seq]]]))
  const all = [...snapshots, ...whole.broken, ...packs]
  if (!dryRun && all.length + gone.length > 0)
    await putMark(
      vault,
      { kind: 'quarantined', installation, snapshots, indexes: [...whole.broken], packs, swept: gone },
      env,
    )
  return all.sort()
}

async function whatIsLost(
  sealed: MendedSealed,
  survey: Survey,
  env: RepairEnv,
): Promise<{ snapshot: SnapshotId; path: string }[]> {
  const lost = new Map(sealed.lost.map((snapshot) => [`${snapshot} `, { snapshot, path: '' }]))
  const wanted = { pieces: survey.wanted, leaves: survey.lostLeaves }
  const by = { reader: survey.reader, signal: env.signal }
  for await (const need of whereNeeded(sealed.history.snapshots, wanted, by)) {
    if (lost.size >= MAX_NAMED) break
    const path = pathOfNeed(need)
    lost.set(`${need.snapshot.id} ${path}`, { snapshot: need.snapshot.id, path })
  }
  return [...lost.values()]
}
