import { randomUUID } from 'node:crypto'
import type { LiveEvent } from '@holdfast/api'
import {
  CopyRecord,
  type CopyStatus,
  checkCopyPlace,
  DAY_MS,
  formatPlace,
  HoldfastError,
  isSamePlace,
  type Plan,
  type PlanId,
  type Run,
  type RunId,
  toHoldfastError,
  type Vault,
  type VaultPlace,
} from '@holdfast/domain'
import type { AuditActor, History } from '@holdfast/history'
import { type Home, lockPlace, rememberCopySeqs } from '@holdfast/host'
import { SCHEDULE_ACTOR } from '../audit.ts'
import { type EngineChild, startEngineChild } from '../run/engine-child.ts'
import type { CopiedSummary, CopyProgress, EngineEvent, Failure } from '../run/engine-messages.ts'
import { throttled } from '../run/live-progress.ts'
import type { Vaults } from '../vaults/vaults.ts'
import { copyRecordKey, copySentence, isLost, problemOf } from './copy-words.ts'

/** Each lets every screen ask for the home screen anew. */
const PROGRESS_MS = 5000
const CHECK_EVERY_MS = 7 * DAY_MS
const SHUTDOWN_KILL_AFTER_MS = 5000

/** Second copies of vaults: brought up to date after a run, each by an engine process of its own. */
export type CopyDesk = AsyncDisposable & {
  /** After a run: when it made a snapshot, starts the copies of its vault; their ends stand in the run's log. */
  afterRun(id: PlanId, run: RunId): Promise<void>
  /** By hand. Resolves when it has begun. INPUT_INVALID when the plan keeps no copy there, COPY_RUNNING. */
  start(plan: Plan, place: VaultPlace, by: AuditActor): Promise<void>
  statusOf(plan: Plan): Promise<CopyStatus[]>
}

type Active = { progress: CopyProgress; child: EngineChild | undefined; again: (() => void) | undefined }
type Job = { readonly plan: Plan; readonly place: VaultPlace; readonly by: AuditActor; readonly run?: Run }

const LISTING: CopyProgress = {
  ...{ phase: 'listing', objectsDone: 0, objectsTotal: null, bytesDone: 0, bytesTotal: null },
}

export function createCopyDesk(parts: {
  history: History
  vaults: Vaults
  home: Home
  publish: (event: LiveEvent) => void
  now: () => Date
  path: string
  onError: (error: unknown) => void
}): CopyDesk {
  const { history, vaults, home, now } = parts
  const active = new Map<string, Active>()
  const working = new Set<Promise<void>>()
  let closing = false
  const keyOf = ({ plan, place }: Pick<Job, 'plan' | 'place'>) => copyRecordKey(plan.vault.id, place)

  const recordAt = (vault: Vault, place: VaultPlace) =>
    history.settings.get(copyRecordKey(vault.id, place), CopyRecord)

  /** One to a place at a time: another one that is asked for meanwhile follows. */
  function begin(job: Job): void {
    const key = keyOf(job)
    const running = active.get(key)
    if (closing) return
    if (running !== undefined) {
      running.again = () => begin(job)
      return
    }
    const entry: Active = { progress: LISTING, child: undefined, again: undefined }
    active.set(key, entry)
    const done = work(job, entry)
      .catch(parts.onError)
      .finally(() => {
        active.delete(key)
        working.delete(done)
        parts.publish({ type: 'plans' })
        entry.again?.()
      })
    working.add(done)
  }

  async function work(job: Job, entry: Active): Promise<void> {
    const { plan, place } = job
    const before = await recordAt(plan.vault, place)
    const startedAt = now()
    const begun: CopyRecord = {
      ...{ place, startedAt, finishedAt: null, problem: before?.problem ?? null },
      ...{ completeAt: before?.completeAt ?? null, checkedAt: before?.checkedAt ?? null },
      ...{ snapshots: before?.snapshots ?? 0, bytes: before?.bytes ?? 0 },
    }
    await history.settings.set(keyOf(job), begun, now())
    parts.publish({ type: 'plans' })
    const check = begun.checkedAt === null || startedAt.getTime() - begun.checkedAt.getTime() > CHECK_EVERY_MS
    const end = await copied(job, entry, check)
    // Stopped with the agent: what is there stays, and the next one goes on.
    if (closing && 'failure' in end) return
    const problem = problemOf(end, place)
    const isWhole = 'summary' in end && end.summary.ok
    await history.settings.set(
      keyOf(job),
      {
        ...begun,
        ...{ finishedAt: now(), problem },
        ...(isWhole
          ? { completeAt: startedAt, snapshots: end.summary.snapshots, bytes: end.summary.bytes }
          : isLost(end)
            ? { completeAt: null }
            : {}),
        ...(isWhole && end.summary.checked ? { checkedAt: now() } : {}),
      } satisfies CopyRecord,
      now(),
    )
    await say(job, problem === null ? 'info' : 'warn', copySentence(end, place))
  }

  async function copied(
    { plan, place, by }: Job,
    entry: Active,
    check: boolean,
  ): Promise<{ summary: CopiedSummary } | { failure: Failure }> {
    const group = `copy-${randomUUID()}`
    let end: { summary: CopiedSummary } | { failure: Failure } | undefined
    const announce = throttled<CopyProgress>(PROGRESS_MS, () => parts.publish({ type: 'plans' }))
    const onEvent = (event: EngineEvent) => {
      if (event.type === 'copy-progress') {
        entry.progress = event.progress
        announce.offer(event.progress)
      }
      if (event.type === 'copied') end = { summary: event.summary }
      if (event.type === 'failed') end = { failure: event.failure }
    }
    try {
      checkCopyPlace(plan.vault.place, place)
      using _locked = lockPlace(home.dir, place)
      const copy = await vaults.copyAccess(plan.vault, place, by)
      const access = await vaults.accessTo(plan.vault, group)
      const known = new Map(home.lastSeqs(plan.vault.id))
      const order = { kind: 'copy', access, copy, check, known } as const
      entry.child = await startEngineChild(order, { path: parts.path, onEvent })
      if (closing) entry.child.cancel({ killAfterMs: SHUTDOWN_KILL_AFTER_MS })
      const how = await entry.child.ended
      await vaults.stopTransfers(group)
      if (end !== undefined && 'summary' in end)
        rememberCopySeqs(home.dir, place, { vault: plan.vault.id, writers: end.summary.writers })
      return (
        end ?? { failure: failureOf(new HoldfastError('ENGINE_DIED', `The copying stopped: it ${how}.`)) }
      )
    } catch (error) {
      return { failure: failureOf(error) }
    } finally {
      announce.end()
    }
  }

  /** The run has ended by now; its log still takes a line. */
  async function say({ run }: Job, level: 'info' | 'warn', text: string): Promise<void> {
    if (run === undefined) return
    const line = { at: now(), level, text }
    await history.log.append(run.id, [line])
    parts.publish({ type: 'log', runId: run.id, line })
  }

  return {
    async afterRun(id, runId) {
      const [plan, run] = await Promise.all([history.plans.get(id), history.runs.get(runId)])
      if (run.state !== 'finished' || run.summary === null) return
      for (const place of plan.options.copies) begin({ plan, place, by: SCHEDULE_ACTOR, run })
    },
    async start(plan, place, by) {
      if (!plan.options.copies.some((kept) => isSamePlace(kept, place)))
        throw new HoldfastError('INPUT_INVALID', `${plan.name} keeps no copy at ${formatPlace(place)}.`)
      if (active.has(keyOf({ plan, place })))
        throw new HoldfastError('COPY_RUNNING', `A copy to ${formatPlace(place)} is under way already.`)
      begin({ plan, place, by })
    },
    statusOf: (plan) =>
      Promise.all(
        plan.options.copies.map(async (place) => ({
          place,
          record: await recordAt(plan.vault, place),
          running: active.get(keyOf({ plan, place }))?.progress,
        })),
      ),
    async [Symbol.asyncDispose]() {
      closing = true
      for (const { child } of active.values()) child?.cancel({ killAfterMs: SHUTDOWN_KILL_AFTER_MS })
      await Promise.all(working)
    },
  }
}

function failureOf(error: unknown): Failure {
  const { code, message, next } = toHoldfastError(error)
  return { code, message, next }
}
