import { HoldfastError, type Schedule } from '@holdfast/domain'

/** The options that say when a plan runs. */
export type ScheduleOptions = {
  cron?: string
  whenOn?: 'hourly' | 'daily' | 'weekly'
  randomDelay?: string
  timeZone?: string
  manual?: boolean
}

const PERIODS = { hourly: 'hour', daily: 'day', weekly: 'week' } as const

/**
 * The schedule that the options make of `before`; what is not named stays as it was. Undefined when no option names
 * anything. USAGE for a delay that is none, and for a zone or delay without anything to put it on.
 */
export function scheduleFrom(options: ScheduleOptions, before: Schedule): Schedule | undefined {
  const { cron, whenOn, manual } = options
  if (manual === true) return { kind: 'manual' }
  const minutes = delayMinutes(options.randomDelay)
  const named = [cron, whenOn, minutes, options.timeZone].some((one) => one !== undefined)
  if (!named) return undefined
  const timed = before.kind === 'manual' ? undefined : before
  const timeZone = options.timeZone ?? timed?.timeZone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone
  const randomDelayMinutes = minutes ?? timed?.randomDelayMinutes
  const rest = { timeZone, ...(randomDelayMinutes === undefined ? {} : { randomDelayMinutes }) }
  if (whenOn !== undefined) return { kind: 'when-on', every: PERIODS[whenOn], ...rest }
  if (cron !== undefined) return { kind: 'cron', cron, ...rest }
  if (timed !== undefined) return { ...timed, ...rest }
  throw new HoldfastError('USAGE', 'The plan runs by hand: say also --cron or --when-on.')
}

/** When a plan runs, for people. */
export function scheduleText(schedule: Schedule): string {
  if (schedule.kind === 'manual') return 'by hand'
  const when =
    schedule.kind === 'cron' ? `at "${schedule.cron}"` : `once each ${schedule.every}, when the machine is on`
  const minutes = schedule.randomDelayMinutes ?? 0
  const zone = `(${schedule.timeZone})`
  return minutes === 0 ? `${when} ${zone}` : `${when} ${zone}, up to ${minutes} min later`
}

function delayMinutes(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const match = /^(\d{1,4})(m|min|h)?$/.exec(text.trim())
  const minutes = Number(match?.[1]) * (match?.[2] === 'h' ? 60 : 1)
  if (match !== null && (minutes === 0 || match[2] !== undefined) && minutes <= MOST_MINUTES) return minutes
  throw new HoldfastError('USAGE', `"${text}" is not a delay: at most twelve hours, like 15m or 2h.`)
}

const MOST_MINUTES = 720
