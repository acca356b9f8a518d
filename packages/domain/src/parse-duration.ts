import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './units.ts'

/**
 * A length of time as typed, in milliseconds: `0`, `90s`, `30min`, `36h`, `7d`, `3w`, `6m`, `1y`, or several units from
 * large to small (`1y6m`). `m` is a month of 30 days, a year has 365. Undefined when it is none, or too long to count.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  const match = FORM.exec(text)
  if (match === null || text === '') return undefined
  const durationMs = UNITS_MS.reduce((sum, unitMs, i) => sum + Number(match[i + 1] ?? 0) * unitMs, 0)
  return Number.isSafeInteger(durationMs) ? durationMs : undefined
}

const FORM = /^(?:(\d+)y)?(?:(\d+)m(?!in))?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)min)?(?:(\d+)s)?$/
const UNITS_MS = [365 * DAY_MS, 30 * DAY_MS, 7 * DAY_MS, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS]
