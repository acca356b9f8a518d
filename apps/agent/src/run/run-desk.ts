import { randomUUID } from 'node:crypto'
import type { LiveEvent } from '@holdfast/api'
import {
  type FinishedRun,
  HoldfastError,
  noProgress,
  type Plan,
  type PlanId,
  type Progress,
  type Run,
  RunId,
  type RunTrigger,
  SECOND_MS,
  type VaultId,
} from '@holdfast/domain'
import type { AuditAct, Queued } from '@holdfast/history'
import type { PlanBells, RungJob } from '../schedule/plan-bells.ts'
import { KILL_AFTER_MS } from './engine-child.ts'
import { failedEnd, RunStopped } from './run-end.ts'
import { type RunParts, runPlan } from './run-plan.ts'
import { createTurns } from './turns.ts'

const SHUTDOWN_KILL_AFTER_MS = 5 * SECOND_MS

/** Where runs begin and end. One run of a plan at a time, and one of this machine in a vault. */
export type RunDesk = AsyncDisposable & {
  /** Queues a run by hand and starts the plan's own job. PLAN_UNKNOWN, PLAN_RUNNING. */
  start(id: PlanId, trigger: RunTrigger, audit?: AuditAct): Promise<Run>
  /** Resolves with the finished run when engine and transfers have stopped. RUN_UNKNOWN, RUN_NOT_RUNNING. */
  cancel(id: RunId, by: string): Promise<Run>
  /** The run's end, now or when it comes. RUN_UNKNOWN. */
  ended(id: RunId): Promise<FinishedRun>
  /** A run with the counters of this moment. */
  withProgress(run: Run): Run
  /** Answers a job that rang: gives it the run that waits for it, or the due one; sends it away otherwise. */
  answer(id: PlanId, job: RungJob): void
  /** Ends the run that waits for a job of the plan as failed: that job never came. */
  lost(id: PlanId, why?: unknown): void
  isBusy(id: PlanId): boolean
}

type Active = {
  readonly stop: AbortController
  readonly done: PromiseWithResolvers<FinishedRun>
  progress: Progress
}
type Queue = { readonly plan: Plan; readonly run: Run }

/** `dueRun` queues the run that the plan's bell stands for; undefined when there is none (any more). */
export function createRunDesk(
  parts: RunParts & {
    bells: () => PlanBells
    publish: (event: LiveEvent) => void
    dueRun: (id: PlanId) => Promise<{ queued: Queued; plan: Plan } | undefined>
    /** Called when a job of the plan has ended; with the run that it did, if it did one. */
    afterRun: (id: PlanId, run: Run | undefined) => void
  },
): RunDesk {
  const active = new Map<RunId, Active>()
  const waiting = new Map<PlanId, Queue>()
  const busy = new Set<PlanId>()
  const working = new Set<Promise<void>>()
  const vaultTurns = createTurns<VaultId>()
  let closing = false

  function admit(run: Run): void {
    const done = Promise.withResolvers<FinishedRun>()
    // Nobody may be waiting for the end; it is in the history.
    done.promise.catch(() => undefined)
    active.set(run.id, { stop: new AbortController(), done, progress: noProgress() })
    busy.add(run.planId)
    parts.publish({ type: 'run', run })
  }

  async function work(id: PlanId, job: RungJob): Promise<void> {
    const queue = waiting.get(id) ?? (await queueDue(id))
    waiting.delete(id)
    const entry = queue === undefined ? undefined : active.get(queue.run.id)
    if (queue === undefined || entry === undefined) {
      job.send({ type: 'leave' })
      if (!closing) parts.afterRun(id, undefined)
      return
    }
    const turn = await vaultTurns.take(queue.plan.vault.id, entry.stop.signal)
    let last: Run = queue.run
    try {
      const finished = await runPlan(parts, { ...queue, job, signal: entry.stop.signal }, (progress) => {
        entry.progress = progress
      })
      last = finished
      entry.done.resolve(finished)
    } catch (error) {
      entry.done.reject(error)
      job.send({ type: 'leave' })
      throw error
    } finally {
      turn.leave()
      active.delete(queue.run.id)
      busy.delete(id)
      if (!closing) parts.afterRun(id, last)
    }
  }

  async function lose(id: PlanId, why: unknown): Promise<void> {
    const queue = waiting.get(id)
    const entry = queue === undefined ? undefined : active.get(queue.run.id)
    if (queue === undefined || entry === undefined) return
    waiting.delete(id)
    const error = new HoldfastError('ENGINE_DIED', 'The run could not be started.', { cause: why })
    parts.onError(error)
    const circumstances = { signal: entry.stop.signal, finishedAt: parts.now() }
    let last: Run = queue.run
    try {
      const finished = await parts.history.runs.finish(queue.run.id, failedEnd(error, circumstances))
      parts.publish({ type: 'run', run: finished })
      last = finished
      entry.done.resolve(finished)
    } catch (failure) {
      entry.done.reject(failure)
      throw failure
    } finally {
      active.delete(queue.run.id)
      busy.delete(id)
      if (!closing) parts.afterRun(id, last)
    }
  }

  function keep(work: Promise<void>): void {
    const kept = work.catch(parts.onError)
    working.add(kept)
    void kept.finally(() => working.delete(kept))
  }

  async function queueDue(id: PlanId): Promise<Queue | undefined> {
    if (closing || busy.has(id)) return undefined
    const due = await parts.dueRun(id)
    if (due === undefined || due.queued.kind !== 'queued') return undefined
    admit(due.queued.run)
    return { plan: due.plan, run: due.queued.run }
  }

  return {
    async start(id, trigger, audit) {
      if (closing) throw new HoldfastError('AGENT_UNREACHABLE', 'Holdfast is being stopped.')
      const plan = await parts.history.plans.get(id)
      await parts.standings.checkWriter(plan.vault.id)
      const queued = await parts.history.runs.insertQueued(
        { id: RunId.parse(randomUUID()), planId: id, trigger, queuedAt: parts.now() },
        audit === undefined ? {} : { audit },
      )
      if (queued.kind !== 'queued')
        throw new HoldfastError('PLAN_RUNNING', `${plan.name} is being backed up already.`)
      admit(queued.run)
      waiting.set(id, { plan, run: queued.run })
      keep(
        parts
          .bells()
          .ring(id)
          .catch((error: unknown) => lose(id, error)),
      )
      return queued.run
    },
    async cancel(id, by) {
      const entry = active.get(id)
      if (entry === undefined) {
        await parts.history.runs.get(id)
        throw new HoldfastError('RUN_NOT_RUNNING', 'This run has ended already.')
      }
      entry.stop.abort(new RunStopped('cancelled', `Cancelled by ${by}.`, KILL_AFTER_MS))
      return entry.done.promise
    },
    async ended(id) {
      const entry = active.get(id)
      if (entry !== undefined) return entry.done.promise
      const run = await parts.history.runs.get(id)
      if (run.state === 'finished') return run
      throw new HoldfastError('RUN_UNKNOWN', `The run "${id}" is not this agent's.`)
    },
    withProgress(run) {
      const entry = active.get(run.id)
      return run.state === 'running' && entry !== undefined ? { ...run, progress: entry.progress } : run
    },
    answer: (id, job) => keep(work(id, job)),
    lost: (id, why) => keep(lose(id, why)),
    isBusy: (id) => busy.has(id),
    async [Symbol.asyncDispose]() {
      closing = true
      for (const { stop } of active.values())
        stop.abort(
          new RunStopped('interrupted', 'Holdfast was stopped on this machine.', SHUTDOWN_KILL_AFTER_MS),
        )
      await Promise.all([...active.values()].map(({ done }) => done.promise.catch(() => undefined)))
      await Promise.all(working)
    },
  }
}
