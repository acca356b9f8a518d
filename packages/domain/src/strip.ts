import type { Outcome } from './run.ts'
import { DAY_MS } from './units.ts'

/** One day of the strip: nothing ran, or the worst outcome of the day and the data it added. */
export type StripDay = {
  /** The day in the reader's zone, `2026-11-22`. */
  readonly day: string
  readonly outcome: Outcome | 'none'
  readonly bytesAdded: number
  readonly runs: number
}

/** What the strip is drawn from: one finished run. */
export type StripRun = { readonly finishedAt: Date; readonly outcome: Outcome; readonly bytesStored: number }

const WORST_FIRST: readonly Outcome[] = [
  'failed',
  'interrupted',
  'incomplete',
  'cancelled',
  'skipped',
  'complete',
]

/**
 * The last `days` days ending at `now`, oldest first, one entry a day in `timeZone`. A day's outcome is its worst
 * run's; a day without a run is `none`.
 */
export function stripOf(
  runs: readonly StripRun[],
  options: { now: Date; days: number; timeZone: string },
): StripDay[] {
  const dayName = dayFormat(options.timeZone)
  const byDay = Map.groupBy(runs, (run) => dayName.format(run.finishedAt))
  const today = Date.parse(dayName.format(options.now))
  // Counted in calendar days: a day of 23 or 25 hours would be missed or doubled by steps of 24.
  const names = Array.from({ length: options.days }, (_, i) =>
    new Date(today - (options.days - 1 - i) * DAY_MS).toISOString().slice(0, 10),
  )
  return names.map((day) => {
    const ofDay = byDay.get(day) ?? []
    return {
      day,
      outcome: WORST_FIRST.find((outcome) => ofDay.some((run) => run.outcome === outcome)) ?? 'none',
      bytesAdded: ofDay.reduce((sum, run) => sum + run.bytesStored, 0),
      runs: ofDay.length,
    }
  })
}

const dayFormats = new Map<string, Intl.DateTimeFormat>()

/** Making one takes longer than all else that a strip needs; the system knows some 600 zones. */
function dayFormat(timeZone: string): Intl.DateTimeFormat {
  const known = dayFormats.get(timeZone)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' })
  dayFormats.set(timeZone, made)
  return made
}

/** Bar heights from 0.12 to 1 for the strip, by the square root of what each day added; 0 where nothing ran. */
export function stripHeights(days: readonly StripDay[]): number[] {
  const most = Math.max(1, ...days.map((day) => day.bytesAdded))
  return days.map((day) => (day.outcome === 'none' ? 0 : 0.12 + 0.88 * Math.sqrt(day.bytesAdded / most)))
}
