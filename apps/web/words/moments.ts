import { locale } from './locale.ts'

type Moment = Date | string
const DAY_MS = 24 * 60 * 60 * 1000

/** The time of day: `16:00`. */
export function timeOfDay(at: Moment, timeZone?: string): string {
  return format(at, { timeStyle: 'short' }, timeZone)
}

/** Time with seconds, for a log. */
export function timeWithSeconds(at: Moment): string {
  return format(at, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false })
}

/** Day and time as people say it near `now`: `14:00`, `tomorrow, 02:00`, `Sunday, 02:00`, `19 Nov, 16:00`. */
export function dayAndTime(at: Moment, now: Date, timeZone?: string): string {
  const days = calendarDays(now, at, timeZone)
  const time = timeOfDay(at, timeZone)
  if (days === 0) return time
  if (days === 1) return `tomorrow, ${time}`
  if (days === -1) return `yesterday, ${time}`
  if (days > 1 && days < 7) return `${format(at, { weekday: 'long' }, timeZone)}, ${time}`
  return `${format(at, { day: 'numeric', month: 'short', ...yearUnlessSame(at, now) }, timeZone)}, ${time}`
}

/** The day alone: `today`, `yesterday`, `19 Nov`. */
export function nearDay(at: Moment, now: Date): string {
  const days = calendarDays(now, at)
  if (days === 0) return 'today'
  return days === -1
    ? 'yesterday'
    : format(at, { day: 'numeric', month: 'short', ...yearUnlessSame(at, now) })
}

/** A day that may be far off, always with its year: `19 November 2026`. */
export function dayWords(at: Moment): string {
  return unbroken(format(at, { dateStyle: 'long' }))
}

/** A full date and time: `Thursday 19 Nov, 16:00`, with the year when it is not this one. */
export function longMoment(at: Moment, now: Date): string {
  const date = format(at, { day: 'numeric', month: 'short', ...yearUnlessSame(at, now) })
  // The date and the time each stay on one line. The weekday may stand alone: in text of twice the size all of it is
  // wider than a phone.
  return `${format(at, { weekday: 'long' })} ${unbroken(date.replaceAll(',', ''))}, ${unbroken(timeOfDay(at))}`
}

/** Everything about a moment, for those who tap on it: `19 Nov 2026, 16:00:12`. */
export function exactMoment(at: Moment): string {
  return format(at, { dateStyle: 'medium', timeStyle: 'medium' })
}

/** Whole calendar days from `from` to `to`; negative when `to` is earlier. */
function calendarDays(from: Date, to: Moment, timeZone?: string): number {
  const day = formatter('en-CA', { dateStyle: 'short', ...(timeZone && { timeZone }) })
  const midnight = (at: Date) => Date.parse(`${day.format(at)}T00:00:00Z`)
  return Math.round((midnight(new Date(to)) - midnight(from)) / DAY_MS)
}

function yearUnlessSame(at: Moment, now: Date): Intl.DateTimeFormatOptions {
  return new Date(at).getFullYear() === now.getFullYear() ? {} : { year: 'numeric' }
}

function unbroken(text: string): string {
  return text.replaceAll(' ', '\u00a0')
}

function format(at: Moment, options: Intl.DateTimeFormatOptions, timeZone?: string): string {
  return formatter(locale(), { ...options, ...(timeZone && { timeZone }) }).format(new Date(at))
}

const formatters = new Map<string, Intl.DateTimeFormat>()

/** Each is made once: on a phone that takes a millisecond, and a screen of runs asks for a hundred. */
function formatter(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([language, options])
  const known = formatters.get(key) ?? new Intl.DateTimeFormat(language, options)
  formatters.set(key, known)
  return known
}
