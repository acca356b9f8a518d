import { expect, test } from 'vitest'
import { parseDuration } from './parse-duration.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './units.ts'

test.each([
  ['0', 0],
  ['0d', 0],
  ['90s', 90 * SECOND_MS],
  ['30min', 30 * MINUTE_MS],
  ['36h', 36 * HOUR_MS],
  ['7d', 7 * DAY_MS],
  ['3w', 21 * DAY_MS],
  ['6m', 180 * DAY_MS],
  ['1y', 365 * DAY_MS],
  ['1y6m', 545 * DAY_MS],
  ['2d12h30min', 2 * DAY_MS + 12 * HOUR_MS + 30 * MINUTE_MS],
])('%s is %d ms', (text, durationMs) => {
  expect(parseDuration(text)).toBe(durationMs)
})

test.each(['', ' ', '7', '-1d', '1.5d', 'd', '1d1y', '1d1d', '7 d', '1D', '7d ', '999999999999999y'])(
  '"%s" is no length of time',
  (text) => {
    expect(parseDuration(text)).toBeUndefined()
  },
)
