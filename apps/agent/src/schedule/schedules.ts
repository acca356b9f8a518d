import { randomUUID } from 'node:crypto'
import type { LiveEvent } from '@holdfast/api'
import { MINUTE_MS, type Plan, type PlanId, type Run, RunId, SECOND_MS } from '@holdfast/domain'
import type { History, Queued } from '@holdfast/history'
import { z } from 'zod'
import { clockJumped, type Moment, type NextStep, nextStep } from './next-step.ts'
import type { PlanBells } from './plan-bells.ts'
import { type Failing, failingFrom, retryAt } from './retry-rule.ts'
import { type Condition, conditionOf, type Surroundings, waitReason } from './wait-reason.ts'

const WATCH_MS = 5 * SECOND_MS
/** A bell that is this late is not coming any more. */
const LATE_MS = 5 * SECOND_MS
/** How often a plan that waits looks whether what it waits for has ended. */
const CONDITION_LOOK_MS = MINUTE_MS
/** More than a plan may be tried again, and the skipped times between. */
const RUNS_LOOKED_AT = 30

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
  /** What a plan whose time has come waits for the end of. */
  waitsFor(id: PlanId): Condition | undefined
  /** Since when the machine is on and awake, as far as the agent knows. */
  onSince(): Date
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
  /** Plans that mind battery or a metered connection wait. */
  around: Surroundings
  /** True for a plan that this installation may not run, though it is not paused. */
  stopped: (plan: Plan) => Promise<boolean>
}): Schedules {
  const { history, now } = parts
  /** The newest due time of each plan that is known to have its run. */
  const handled = new Map<PlanId, Date>()
  const armed = new Map<PlanId, Date>()
  /** After failures in a row: how many, and when the plan is tried again. Read from the history at first. */
  const failing = new Map<PlanId, Failing | undefined>()
  const waits = new Map<PlanId, Condition>()
  let onSince = now()
  let last = parts.moment()

  async function stepOf(plan: Plan): Promise<NextStep> {
    if (plan.paused || (await parts.stopped(plan))) return { kind: 'nothing' }
    const resumed = await history.settings.get(resumedKey(plan.id), z.coerce.date())
    const since = new Date(Math.max(plan.createdAt.getTime(), resumed?.getTime() ?? 0))
    const { schedule, id: seed } = plan
    return nextStep({ schedule, seed, since, lastHandledDueAt: handled.get(plan.id) }, now())
  }

  async function failingOf({ id, options }: Plan): Promise<Failing | undefined> {
    if (!failing.has(id))
      failing.set(
        id,
        failingFrom(await history.runs.list({ planId: id, limit: RUNS_LOOKED_AT }), options.retry),
      )
    return failing.get(id)
  }

  async function set(id: PlanId): Promise<void> {
    const plan = await history.plans.get(id)
    const step = await stepOf(plan)
    const idle = plan.paused || (await parts.stopped(plan))
    const again = idle ? undefined : (await failingOf(plan))?.retryAt
    if (idle) waits.delete(id)
    const times = [step.kind === 'arm' ? step.startAt : undefined, again].filter((at) => at !== undefined)
    const dueAt = times.toSorted((a, b) => a.getTime() - b.getTime())[0]
    if (dueAt === undefined) armed.delete(id)
    else armed.set(id, dueAt)
    // A moment that has passed is rung for now: no bell is set for it.
    const passed = dueAt !== undefined && dueAt <= now()
    await parts.bells().arm(id, passed ? undefined : dueAt)
    if ((step.kind === 'catch-up' || passed) && !parts.isBusy(id)) await parts.bells().ring(id)
  }

  async function look(): Promise<void> {
    const moment = parts.moment()
    const jumped = clockJumped(last, moment)
    if (jumped) onSince = now()
    last = moment
    const isLate = (bell: Date | undefined) => bell !== undefined && moment.wallMs > bell.getTime() + LATE_MS
    if (!jumped && ![...armed.values()].some(isLate)) return
    for (const plan of await history.plans.list()) {
      if ((jumped || isLate(armed.get(plan.id))) && !parts.isBusy(plan.id)) await set(plan.id)
    }
  }

  async function noteOutcome(plan: Plan, run: Run): Promise<void> {
    const { id, options } = plan
    const { retry } = options
    waits.delete(id)
    const failures = ((await failingOf(plan))?.failures ?? 0) + 1
    const at = retryAt(run, { failures, retry, now: now() })
    if (at === undefined) failing.set(id, undefined)
    else failing.set(id, { failures, retryAt: at })
  }

  const wait = (plan: Plan, condition: Condition): void => {
    const { failures } = failing.get(plan.id) ?? { failures: 0 }
    failing.set(plan.id, { failures, retryAt: new Date(now().getTime() + CONDITION_LOOK_MS) })
    const before = waits.get(plan.id)
    waits.set(plan.id, condition)
    if (before !== condition) parts.publish({ type: 'plans' })
  }

  /** Says once for a due time that the plan waits, and looks again until the condition has ended. */
  async function skipFor(condition: Condition, plan: Plan, dueAt: Date): Promise<void> {
    const skipped = {
      ...{ id: RunId.parse(randomUUID()), planId: plan.id, dueAt, queuedAt: now() },
      trigger: 'schedule',
    } as const
    const { kind, run } = await history.runs.insertSkipped(skipped, waitReason(condition))
    handled.set(plan.id, dueAt)
    if (kind !== 'queued') return
    parts.publish({ type: 'run', run })
    wait(plan, condition)
  }

  /** A run for a failed one, when its time has come. */
  async function retryRun(plan: Plan): Promise<{ queued: Queued; plan: Plan } | undefined> {
    const again = await failingOf(plan)
    if (again?.retryAt === undefined || now() < again.retryAt) return undefined
    const condition = await conditionOf(plan.options, parts.around)
    if (condition !== undefined) {
      wait(plan, condition)
      return undefined
    }
    waits.delete(plan.id)
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
      if (step.kind !== 'catch-up')
        return plan.paused || (await parts.stopped(plan)) ? undefined : retryRun(plan)
      const { dueAt, startAt } = step
      const condition = await conditionOf(plan.options, parts.around)
      if (condition !== undefined) {
        await skipFor(condition, plan, dueAt)
        return undefined
      }
      const onTime =
        plan.schedule.kind === 'when-on' ||
        (armed.get(id)?.getTime() === startAt.getTime() && now().getTime() - startAt.getTime() < LATE_MS)
      const queued = await history.runs.insertQueued({
        ...{ id: RunId.parse(randomUUID()), planId: id, trigger: onTime ? 'schedule' : 'catch-up' },
        ...{ dueAt, queuedAt: now() },
      })
      if (queued.kind !== 'busy') handled.set(id, dueAt)
      return { queued, plan }
    },
    async afterRun(id, run) {
      const plan = await history.plans.get(id)
      if (run !== undefined) await noteOutcome(plan, run)
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
    waitsFor: (id) => waits.get(id),
    onSince: () => onSince,
    async resumed(id) {
      await history.settings.set(resumedKey(id), now(), now())
    },
    async forget(id) {
      armed.delete(id)
      handled.delete(id)
      failing.delete(id)
      waits.delete(id)
      await parts.bells().arm(id, undefined)
    },
    [Symbol.dispose]: () => clearInterval(watch),
  }
}

const resumedKey = (id: PlanId) => `plan-resumed-${id}`
