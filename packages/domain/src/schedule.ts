import { Cron } from 'croner'
import { z } from 'zod'
import { MINUTE_MS, SECOND_MS } from './units.ts'

const TimeZone = z.string().min(1).max(64)
/** A run may start up to this many minutes after its due time; which minute, the due time decides. */
const RandomDelayMinutes = z.int().min(0).max(720, 'At most twelve hours.').optional()

export const WHEN_ON_PERIODS = ['hour', 'day', 'week'] as const

/**
 * When a plan runs: by cron in a time zone; once in each hour, day or week as soon as the machine is on; or only when
 * somebody starts it. A day begins at midnight of the zone, a week on Monday.
 */
export const Schedule = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('cron'),
    cron: z.string().min(1).max(120),
    timeZone: TimeZone,
    randomDelayMinutes: RandomDelayMinutes,
  }),
  z.object({
    kind: z.literal('when-on'),
    every: z.enum(WHEN_ON_PERIODS),
    timeZone: TimeZone,
    randomDelayMinutes: RandomDelayMinutes,
  }),
  z.object({ kind: z.literal('manual') }),
])
export type Schedule = z.infer<typeof Schedule>
type TimedSchedule = Exclude<Schedule, { kind: 'manual' }>

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

/**
 * When the run of a due time starts: the due time and a part of the schedule's random delay. The same `seed` (the
 * plan's id) and due time always give the same moment, so a restart neither forgets nor repeats it; it stays before
 * the next due time, so runs keep their order.
 */
export function startOf(schedule: Schedule, dueAt: Date, seed: string): Date {
  const mostMs = randomDelayMs(schedule)
  if (mostMs === 0) return dueAt
  const next = nextDue(schedule, dueAt)
  const roomMs = next === undefined ? mostMs : Math.min(mostMs, next.getTime() - dueAt.getTime() - SECOND_MS)
  const wholeSeconds = Math.max(0, Math.floor(roomMs / SECOND_MS))
  return new Date(dueAt.getTime() + (spread(`${seed} ${dueAt.getTime()}`) % (wholeSeconds + 1)) * SECOND_MS)
}

/** The longest random delay of a schedule, in ms. */
export function randomDelayMs(schedule: Schedule): number {
  return schedule.kind === 'manual' ? 0 : (schedule.randomDelayMinutes ?? 0) * MINUTE_MS
}

/** What is wrong with a schedule, as a sentence for the field; undefined when it is fine. */
export function scheduleProblem(schedule: Schedule, now: Date): string | undefined {
  if (schedule.kind === 'manual') return undefined
  try {
    return nextDue(schedule, now) === undefined ? 'This schedule never fires.' : undefined
  } catch {
    if (schedule.kind === 'when-on') return `${schedule.timeZone} is not a time zone.`
    return `"${schedule.cron}" in ${schedule.timeZone} is not a schedule. Five fields: minute hour day month weekday.`
  }
}

const PERIOD_CRON = { hour: '0 * * * *', day: '0 0 * * *', week: '0 0 * * 1' } as const

function compile(schedule: TimedSchedule): Cron {
  const cron = schedule.kind === 'cron' ? schedule.cron : PERIOD_CRON[schedule.every]
  try {
    return new Cron(cron, { timezone: schedule.timeZone, paused: true, mode: '5-part' })
  } catch (cause) {
    throw new RangeError(`invalid schedule ${cron}`, { cause })
  }
}

/** An even spread of texts over 32 bits (FNV-1a with a last stir); no secret depends on it. */
function spread(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return (hash ^ (hash >>> 13)) >>> 0
}
