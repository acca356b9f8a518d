import type { Schedule } from '#web/trpc/types.ts'

type WhenOnPeriod = Extract<Schedule, { kind: 'when-on' }>['every']

/** How a person chooses when a plan runs. `weekday` 0 is Sunday; `time` is `HH:MM` in the machine's zone. */
export type ScheduleChoice =
  | { readonly kind: 'hourly' }
  | { readonly kind: 'daily'; readonly time: string }
  | { readonly kind: 'weekly'; readonly weekday: number; readonly time: string }
  | { readonly kind: 'when-on'; readonly every: WhenOnPeriod }
  | { readonly kind: 'manual' }
  | { readonly kind: 'cron'; readonly cron: string }

export const WEEKDAYS = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
] as const

/** The schedule that a choice means, in `timeZone`; each run starts up to the delay later. */
export function scheduleOf(choice: ScheduleChoice, timeZone: string, randomDelayMinutes = 0): Schedule {
  if (choice.kind === 'manual') return { kind: 'manual' }
  const rest = { timeZone, ...(randomDelayMinutes === 0 ? {} : { randomDelayMinutes }) }
  if (choice.kind === 'when-on') return { ...choice, ...rest }
  return { kind: 'cron', cron: cronOf(choice), ...rest }
}

/** The choice that a schedule stands for, so that it can be changed in the same words. */
export function choiceOf(schedule: Schedule): ScheduleChoice {
  if (schedule.kind === 'manual') return { kind: 'manual' }
  if (schedule.kind === 'when-on') return { kind: 'when-on', every: schedule.every }
  const words = scheduleWords(schedule)
  const time = /(\d\d:\d\d)$/.exec(words)?.[1]
  const weekday = WEEKDAYS.findIndex((name) => words.startsWith(`every ${name} at`))
  if (words === 'every hour' && schedule.cron.startsWith('0 ')) return { kind: 'hourly' }
  if (time !== undefined && weekday >= 0) return { kind: 'weekly', weekday, time }
  if (time !== undefined && words.startsWith('every day at')) return { kind: 'daily', time }
  return { kind: 'cron', cron: schedule.cron }
}

/** A schedule in plain words: `every day at 02:00`. An expression that has no plain words is given as it is. */
export function scheduleWords(schedule: Schedule): string {
  if (schedule.kind === 'manual') return 'only by hand'
  if (schedule.kind === 'when-on') return `once ${PERIOD_WORDS[schedule.every]} when the machine is on`
  const [minute = '', hour = '', day, month, weekday = ''] = schedule.cron.trim().split(/\s+/)
  const rest = day === '*' && month === '*'
  const number = /^\d{1,2}$/
  if (rest && number.test(minute) && hour === '*' && weekday === '*') return 'every hour'
  if (rest && number.test(minute) && number.test(hour)) {
    const time = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`
    if (weekday === '*') return `every day at ${time}`
    const name = /^[0-7]$/.test(weekday) ? WEEKDAYS[Number(weekday) % 7] : undefined
    if (name !== undefined) return `every ${name} at ${time}`
  }
  return `by cron ${schedule.cron}`
}

const PERIOD_WORDS = { hour: 'an hour', day: 'a day', week: 'a week' } as const

function cronOf(choice: Exclude<ScheduleChoice, { kind: 'manual' | 'when-on' }>): string {
  if (choice.kind === 'hourly') return '0 * * * *'
  if (choice.kind === 'cron') return choice.cron.trim()
  const [hour = 0, minute = 0] = choice.time.split(':').map(Number)
  return `${minute} ${hour} * * ${choice.kind === 'weekly' ? choice.weekday : '*'}`
}
