import { DAY_MS, FROZEN_REASON, HoldfastError, retentionOf, type SnapshotId } from '@holdfast/domain'
import type { PruneEnv, PruneRequest, PruneSummary } from '../prune.ts'
import { createLeafReader } from '../snapshot/leaf.ts'
import type { Snapshot } from '../snapshot/snapshot-format.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { type Liveness, livePieces } from './live-pieces.ts'
import type { VaultState } from './read-vault-state.ts'

/** What a prune makes of a vault's state. */
export type Judgement = {
  readonly state: VaultState
  readonly live: Liveness
  readonly kept: PruneSummary['kept']
  readonly frozen: PruneSummary['frozen']
  /** Snapshots that the rules do not keep. */
  readonly forgotten: readonly Snapshot[]
  /** Packs without a live piece, and those whose few live ones are copied out first. */
  readonly dead: ReadonlySet<string>
  readonly sparse: readonly string[]
  /** What goes and no mark says so yet. */
  readonly newlyDoomed: { readonly snapshots: string[]; readonly packs: string[]; readonly bytes: number }
  /** What was marked before, may still go, and has waited long enough; keys. */
  readonly due: ReadonlySet<string>
  /** Packs that an unfinished run may have stored: nothing names them, and they are younger than a day. */
  readonly young: readonly string[]
  readonly waitingBytes: number
  readonly deleteAfter: Date | null
}

/** A pack with a smaller share of live bytes is copied out of. */
const SPARSE = 0.4
const YOUNG_MS = DAY_MS

/** Applies the rules, finds what nothing needs, and compares it with the marks. Reads manifests, writes nothing. */
export async function judge(
  vault: OpenedVault,
  state: VaultState,
  request: PruneRequest,
  env: PruneEnv,
): Promise<Judgement> {
  const { kept, forgotten, frozen } = applyRules(state, request, env)
  const live = await livePieces({
    state,
    kept: kept.map(({ snapshot }) => snapshot),
    reader: createLeafReader(vault, env),
    env,
  })
  const { absent, marks } = state.history.marks
  const nowMs = env.clock.nowMs()

  const dead = new Set<string>()
  const sparse: string[] = []
  const young: string[] = []
  for (const [key, { size, modifiedAtMs }] of state.packs) {
    const liveBytes = live.bytesOf(key)
    if (liveBytes > 0) {
      if (!absent.has(key) && liveBytes < size * SPARSE) sparse.push(key)
    } else if (!live.isNamed(key) && !absent.has(key) && nowMs - (modifiedAtMs ?? 0) < YOUNG_MS)
      young.push(key)
    // With no snapshot listed at all, nothing is known of what is needed.
    else if (kept.length > 0) dead.add(key)
  }
  const going = new Set([...dead, ...sparse])
  const doomedBefore = new Set(
    marks
      .filter(({ body }) => body.kind === 'doomed')
      .flatMap(({ body }) => [...body.snapshots, ...body.packs]),
  )
  const packs = [...going].filter((key) => !doomedBefore.has(key)).sort()
  const snapshots = forgotten
    .map(({ key }) => key)
    .filter((key) => !doomedBefore.has(key))
    .sort()
  const waits = dueTimes(state, { going, forgotten, latestMs: nowMs + request.graceMs })
  const sizeOf = (key: string) => state.packs.get(key)?.size ?? 0
  return {
    ...{ state, live, frozen, forgotten, dead, sparse, young },
    kept: kept.map(({ snapshot, reasons }) => ({ snapshot: snapshot.id, reasons })),
    newlyDoomed: { snapshots, packs, bytes: packs.reduce((sum, key) => sum + sizeOf(key), 0) },
    due: new Set([...waits].filter(([, atMs]) => atMs <= nowMs).map(([key]) => key)),
    waitingBytes: [...waits.keys(), ...packs].reduce((sum, key) => sum + sizeOf(key), 0),
    deleteAfter: latest([
      ...[...waits.values()].filter((atMs) => atMs > nowMs),
      ...(packs.length + snapshots.length > 0 && request.graceMs > 0 ? [nowMs + request.graceMs] : []),
    ]),
  }
}

/** When each thing that was doomed before, and still goes, may be deleted; milliseconds since 1970. */
function dueTimes(
  { history, packs }: VaultState,
  by: { going: ReadonlySet<string>; forgotten: readonly Snapshot[]; latestMs: number },
): Map<string, number> {
  const going = new Set([...by.going, ...by.forgotten.map(({ key }) => key)])
  const present = new Set([
    ...packs.keys(),
    ...[...history.snapshots, ...history.hidden].map(({ key }) => key),
  ])
  const times = new Map<string, number>()
  for (const { body } of history.marks.marks) {
    if (body.kind !== 'doomed') continue
    // A shorter grace than the mark was made with counts at once.
    const atMs = Math.min(Date.parse(body.time) + body.graceMs, by.latestMs)
    for (const key of [...body.snapshots, ...body.packs])
      if (going.has(key) && present.has(key)) times.set(key, Math.min(atMs, times.get(key) ?? atMs))
  }
  return times
}

type Kept = { readonly snapshot: Snapshot; readonly reasons: readonly string[] }

function applyRules(
  { history }: VaultState,
  request: PruneRequest,
  env: PruneEnv,
): { kept: Kept[]; forgotten: Snapshot[]; frozen: PruneSummary['frozen'] } {
  const withdrawn = new Set(
    history.marks.marks.filter(({ body }) => body.kind === 'withdrawn').flatMap(({ body }) => body.snapshots),
  )
  const all = [...history.snapshots, ...history.hidden].sort((a, b) => (a.key < b.key ? -1 : 1))
  const candidates = all.filter((snapshot) => !withdrawn.has(snapshot.key))
  const concerned = candidates.filter(
    ({ body }) =>
      (request.machine === undefined || [body.machine, body.writer].includes(request.machine)) &&
      (request.plan === undefined || body.plan === request.plan),
  )
  const verdicts = new Map<SnapshotId, { keep: boolean; reasons: string[] }>()
  const entries = concerned.map(({ id, body }) => ({
    id,
    group: `${body.writer} ${body.plan ?? ''}`,
    time: new Date(body.started),
    kind: body.kind,
    suspect: body.suspect,
  }))
  const options = { timeZone: request.timeZone, now: new Date(env.clock.nowMs()) }
  for (const { id, ...verdict } of retentionOf(entries, request.keep, options)) verdicts.set(id, verdict)

  const kept: Kept[] = []
  const forgotten = all.filter((snapshot) => withdrawn.has(snapshot.key))
  for (const snapshot of candidates) {
    const verdict = verdicts.get(snapshot.id)
    if (verdict === undefined) kept.push({ snapshot, reasons: ['not asked for'] })
    else if (verdict.keep) kept.push({ snapshot, reasons: verdict.reasons })
    else forgotten.push(snapshot)
  }
  if (kept.length === 0 && forgotten.length > 0)
    throw new HoldfastError('INTERNAL', 'The rules would forget every snapshot of the vault.')
  return { kept, forgotten, frozen: frozenOf(kept) }
}

/** Groups of which nothing goes, because a suspect snapshot is their newest, until a person has looked. */
function frozenOf(kept: readonly Kept[]): PruneSummary['frozen'] {
  const frozen = new Map<string, Snapshot['body']>()
  for (const { snapshot, reasons } of kept)
    if (reasons.includes(FROZEN_REASON))
      frozen.set(`${snapshot.body.writer} ${snapshot.body.plan}`, snapshot.body)
  return [...frozen.values()].map(({ machine, plan }) => ({
    machine,
    plan,
    reason: 'its newest snapshot is suspect',
  }))
}

function latest(times: readonly number[]): Date | null {
  return times.length === 0 ? null : new Date(Math.max(...times))
}
