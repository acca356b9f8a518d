import { lastDue, nextDue, type Schedule, startOf } from '@holdfast/domain'

/** What is known of a plan when its bell is to be set. */
export type PlanTimes = {
  readonly schedule: Schedule
  /** The plan's id: plans with the same schedule and a random delay start at different moments. */
  readonly seed: string
  /** Before this moment nothing was due: when the plan was made, resumed or rescheduled. */
  readonly since: Date
  /** The newest due time that a run of any outcome stands for. */
  readonly lastHandledDueAt: Date | undefined
}

export type NextStep =
  | { readonly kind: 'nothing' }
  /** Ring at `startAt`: the due time, and the random delay that the schedule may have. */
  | { readonly kind: 'arm'; readonly dueAt: Date; readonly startAt: Date }
  /** A due time has come without a run, while the machine slept or was off: run once for the newest one. */
  | { readonly kind: 'catch-up'; readonly dueAt: Date; readonly startAt: Date }

/**
 * What to do for a plan at `now`: the only rule of missed and coming times. Many missed times make one catch-up. A
 * clock that was set back arms for a time already handled again at most once: the history refuses a second run for
 * the same due time.
 */
export function nextStep(times: PlanTimes, now: Date): NextStep {
  const { schedule, seed } = times
  const handledUntil = Math.max(times.since.getTime(), times.lastHandledDueAt?.getTime() ?? 0)
  let waiting: Date | undefined
  for (
    let dueAt = lastDue(schedule, now);
    dueAt !== undefined && dueAt.getTime() > handledUntil;
    dueAt = lastDue(schedule, new Date(dueAt.getTime() - 1))
  ) {
    const startAt = startOf(schedule, dueAt, seed)
    if (startAt <= now) return { kind: 'catch-up', dueAt, startAt }
    // Its delay is not over; of those before it, one may have been missed.
    waiting = dueAt
  }
  // After the clock was set back, what was handled in the "future" does not come again.
  const from = new Date(Math.max(now.getTime(), times.lastHandledDueAt?.getTime() ?? 0))
  const dueAt = waiting ?? nextDue(schedule, from)
  return dueAt === undefined
    ? { kind: 'nothing' }
    : { kind: 'arm', dueAt, startAt: startOf(schedule, dueAt, seed) }
}

/** True when wall time moved otherwise than the steady clock between two looks: sleep, or a clock that was set. */
export function clockJumped(before: Moment, now: Moment): boolean {
  return Math.abs(now.wallMs - before.wallMs - (now.steadyMs - before.steadyMs)) > JUMP_MS
}

/** One look at both clocks: the wall clock, and one that only ever counts up evenly. Milliseconds. */
export type Moment = { readonly wallMs: number; readonly steadyMs: number }

const JUMP_MS = 5_000
