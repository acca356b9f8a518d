import { randomUUID } from 'node:crypto'
import type { LiveEvent } from '@holdfast/api'
import { MINUTE_MS, type Plan, type PlanId, type Run, RunId, SECOND_MS } from '@holdfast/domain'
import type { History, Queued } from '@holdfast/history'
import { z } from 'zod'
import { clockJumped, type Moment, type NextStep, nextStep } from './next-step.ts'
import type { PlanBells } from './plan-bells.ts'
import { retryAt } from './retry-rule.ts'

const WATCH_MS = 20 * SECOND_MS
/** A bell that is this late is not coming any more. */
const LATE_MS = 5 * SECOND_MS
const MAINS_LOOK_MS = 10 * MINUTE_MS

/** Keeps every plan's bell set for its next due time. */
export type Schedules = Disposable & {
  /** Sets the plan's bell anew: after it was made, run, paused or resumed. Rings at once for a missed time. */
  set(id: PlanId): Promise<void>
  /** Queues the run for the time that the bell stands for; undefined when none is due (any more). */
  dueRun(id: PlanId): Promise<{ queued: Queued; plan: Plan } | undefined>
  /** Sets the bell after a job of the plan ended. A due time while its run went on is recorded as skipped. */
  afterRun(id: PlanId, run: Run | undefined): Promise<void>
  /** Times before this moment are not missed: the plan was paused until now. */
  resumed(id: PlanId): Promise<void>
  /** The plan is gone: its bell never rings again. */
  forget(id: PlanId): Promise<void>
}

export function createSchedules(parts: {
  history: History
  bells: () => PlanBells
  isBusy: (id: PlanId) => boolean
  now: () => Date
  moment: () => Moment
  publish: (event: LiveEvent) => void
  onError: (error: unknown) => void
  /** True while the machine runs on battery: plans that don't want that wait. */
  onBattery: () => boolean
}): Schedules {
  const { history, now } = parts
  /** The newest due time of each plan that is known to have its run. */
  const handled = new Map<PlanId, Date>()
  const armed = new Map<PlanId, Date>()
  /** After failures in a row: how many, and when the plan is tried again. Forgotten when the agent ends. */
  const failing = new Map<PlanId, { readonly failures: number; readonly retryAt: Date | undefined }>()
  let last = parts.moment()

  async function stepOf(plan: Plan): Promise<NextStep> {
    if (plan.paused) return { kind: 'nothing' }
    const resumed = await history.settings.get(resumedKey(plan.id), z.coerce.date())
    const since = new Date(Math.max(plan.createdAt.getTime(), resumed?.getTime() ?? 0))
    return nextStep({ schedule: plan.schedule, since, lastHandledDueAt: handled.get(plan.id) }, now())
  }

  async function set(id: PlanId): Promise<void> {
    const step = await stepOf(await history.plans.get(id))
    const again = failing.get(id)?.retryAt
    const times = [step.kind === 'arm' ? step.dueAt : undefined, again].filter((at) => at !== undefined)
    const dueAt = times.toSorted((a, b) => a.getTime() - b.getTime())[0]
    if (dueAt === undefined) armed.delete(id)
    else armed.set(id, dueAt)
    await parts.bells().arm(id, dueAt)
    if (step.kind === 'catch-up' && !parts.isBusy(id)) await parts.bells().ring(id)
  }

  async function look(): Promise<void> {
    const moment = parts.moment()
    const jumped = clockJumped(last, moment)
    last = moment
    for (const plan of await history.plans.list()) {
      const bell = armed.get(plan.id)
      const late = bell !== undefined && moment.wallMs > bell.getTime() + LATE_MS
      if ((jumped || late) && !parts.isBusy(plan.id)) await set(plan.id)
    }
  }

  function noteOutcome({ id, options: { retry } }: Plan, run: Run): void {
    const failures = (failing.get(id)?.failures ?? 0) + 1
    const at = retryAt(run, { failures, retry, now: now() })
    if (at === undefined) failing.delete(id)
    else failing.set(id, { failures, retryAt: at })
  }

  const waitsForMains = ({ options }: Plan): boolean => !options.onBattery && parts.onBattery()

  /** Says once for a due time that the plan waits, and looks again until there is mains power. */
  async function skipForBattery(plan: Plan, dueAt: Date): Promise<void> {
    const skipped = {
      ...{ id: RunId.parse(randomUUID()), planId: plan.id, dueAt, queuedAt: now() },
      trigger: 'schedule',
    } as const
    const { kind, run } = await history.runs.insertSkipped(skipped, {
      code: 'ON_BATTERY',
      message: 'The machine ran on battery.',
      next: 'It runs as soon as there is mains power.',
    })
    if (kind === 'queued') parts.publish({ type: 'run', run })
    handled.set(plan.id, dueAt)
    failing.set(plan.id, { failures: 0, retryAt: new Date(now().getTime() + MAINS_LOOK_MS) })
  }

  /** A run for a failed one, when its time has come. */
  async function retryRun(plan: Plan): Promise<{ queued: Queued; plan: Plan } | undefined> {
    const again = failing.get(plan.id)
    if (again?.retryAt === undefined || now() < again.retryAt) return undefined
    if (waitsForMains(plan)) {
      failing.set(plan.id, { ...again, retryAt: new Date(now().getTime() + MAINS_LOOK_MS) })
      return undefined
    }
    failing.set(plan.id, { ...again, retryAt: undefined })
    const queued = await history.runs.insertQueued({
      ...{ id: RunId.parse(randomUUID()), planId: plan.id, trigger: 'retry', queuedAt: now() },
    })
    return { queued, plan }
  }

  let looking = false
  const watch = setInterval(() => {
    if (looking) return
    looking = true
    void look()
      .catch(parts.onError)
      .finally(() => {
        looking = false
      })
  }, WATCH_MS)

  return {
    set,
    async dueRun(id) {
      const plan = await history.plans.get(id)
      const step = await stepOf(plan)
      if (step.kind !== 'catch-up') return plan.paused ? undefined : retryRun(plan)
      const { dueAt } = step
      if (waitsForMains(plan)) {
        await skipForBattery(plan, dueAt)
        return undefined
      }
      const onTime =
        armed.get(id)?.getTime() === dueAt.getTime() && now().getTime() - dueAt.getTime() < LATE_MS
      const queued = await history.runs.insertQueued({
        ...{ id: RunId.parse(randomUUID()), planId: id, trigger: onTime ? 'schedule' : 'catch-up' },
        ...{ dueAt, queuedAt: now() },
      })
      if (queued.kind !== 'busy') handled.set(id, dueAt)
      return { queued, plan }
    },
    async afterRun(id, run) {
      const plan = await history.plans.get(id)
      if (run !== undefined) noteOutcome(plan, run)
      const step = await stepOf(plan)
      if (run !== undefined && step.kind === 'catch-up' && step.dueAt >= run.queuedAt) {
        const skipped = {
          id: RunId.parse(randomUUID()),
          planId: id,
          trigger: 'schedule',
          ...{ dueAt: step.dueAt, queuedAt: now() },
        } as const
        const { kind, run: stored } = await history.runs.insertSkipped(skipped, {
          code: 'ALREADY_RUNNING',
          message: 'The run before was still going on.',
          next: 'Nothing to do; choose a longer interval if this happens often.',
        })
        if (kind === 'queued') parts.publish({ type: 'run', run: stored })
        handled.set(id, step.dueAt)
      }
      await set(id)
    },
    async resumed(id) {
      await history.settings.set(resumedKey(id), now(), now())
    },
    async forget(id) {
      armed.delete(id)
      handled.delete(id)
      failing.delete(id)
      await parts.bells().arm(id, undefined)
    },
    [Symbol.dispose]: () => clearInterval(watch),
  }
}

const resumedKey = (id: PlanId) => `plan-resumed-${id}`
