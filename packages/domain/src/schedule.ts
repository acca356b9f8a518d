import { Cron } from 'croner'
import { z } from 'zod'
import { SECOND_MS } from './units.ts'

/** When a plan runs: by cron in a time zone, or only when somebody starts it. */
export const Schedule = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('cron'),
    cron: z.string().min(1).max(120),
    timeZone: z.string().min(1).max(64),
  }),
  z.object({ kind: z.literal('manual') }),
])
export type Schedule = z.infer<typeof Schedule>

/**
 * The first due time strictly after `after`, or undefined when the schedule never fires again.
 * Daylight saving: a time that does not exist that day fires at the first moment after the gap; one that exists
 * twice fires once. Throws a RangeError when the cron expression or the zone is not valid (see `scheduleProblem`).
 */
export function nextDue(schedule: Schedule, after: Date): Date | undefined {
  if (schedule.kind === 'manual') return undefined
  return compile(schedule).nextRun(after) ?? undefined
}

/** The latest due time at or before `at`; undefined when there was none. Throws like `nextDue`. */
export function lastDue(schedule: Schedule, at: Date): Date | undefined {
  if (schedule.kind === 'manual') return undefined
  // croner counts in whole seconds: asking from the next one on includes a due time that is exactly `at`.
  const [later, earlier] = compile(schedule).previousRuns(2, new Date(at.getTime() + SECOND_MS))
  return later !== undefined && later.getTime() > at.getTime() ? earlier : later
}

/** The usual distance between two due times in ms (the median of the next eight), undefined for manual plans. */
export function intervalMs(schedule: Schedule, at: Date): number | undefined {
  if (schedule.kind === 'manual') return undefined
  const times = compile(schedule).nextRuns(9, at)
  const gaps = times.slice(1).map((time, i) => time.getTime() - (times[i] as Date).getTime())
  gaps.sort((a, b) => a - b)
  return gaps[Math.floor(gaps.length / 2)]
}

/** What is wrong with a schedule, as a sentence for the field; undefined when it is fine. */
export function scheduleProblem(schedule: Schedule, now: Date): string | undefined {
  if (schedule.kind === 'manual') return undefined
  try {
    return nextDue(schedule, now) === undefined ? 'This schedule never fires.' : undefined
  } catch {
    return `"${schedule.cron}" in ${schedule.timeZone} is not a schedule. Five fields: minute hour day month weekday.`
  }
}

function compile(schedule: Extract<Schedule, { kind: 'cron' }>): Cron {
  try {
    return new Cron(schedule.cron, { timezone: schedule.timeZone, paused: true, mode: '5-part' })
  } catch (cause) {
    throw new RangeError(`invalid schedule ${schedule.cron}`, { cause })
  }
}
