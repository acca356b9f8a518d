import { describe, expect, test } from 'vitest'
import { DAY_MS, formatAge, formatBytes, formatDuration, HOUR_MS, MINUTE_MS, SECOND_MS } from './units.ts'

describe('formatBytes', () => {
  test.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [123.456, '123 bytes'],
    [1000, '1 kB'],
    [1500, '1.50 kB'],
    [12_340, '12.3 kB'],
    [412_000_000, '412 MB'],
    [999_499, '999 kB'],
    [999_500, '1 MB'],
    [99_949_999, '99.9 MB'],
    [99_950_000, '100 MB'],
    [1_060_000_000, '1.06 GB'],
    [2_000_000_000_000_000, '2 PB'],
  ])('%d is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text)
  })
})

describe('formatDuration', () => {
  test.each([
    [-5, '0 s'],
    [400, '0 s'],
    [500, '1 s'],
    [12 * SECOND_MS, '12 s'],
    [59_999, '1 min'],
    [90 * SECOND_MS, '1 min 30 s'],
    [3 * HOUR_MS + 20 * MINUTE_MS + 5 * SECOND_MS, '3 h 20 min'],
    [2 * DAY_MS + 4 * HOUR_MS, '2 d 4 h'],
    [DAY_MS + 5 * MINUTE_MS, '1 d'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })
})

describe('formatAge', () => {
  test.each([
    [-HOUR_MS, 'just now'],
    [0, 'just now'],
    [MINUTE_MS - 1, 'just now'],
    [MINUTE_MS, '1 minute ago'],
    [12 * MINUTE_MS, '12 minutes ago'],
    [HOUR_MS, '1 hour ago'],
    [DAY_MS - 1, '23 hours ago'],
    [DAY_MS, 'yesterday'],
    [2 * DAY_MS - 1, 'yesterday'],
    [2 * DAY_MS, '2 days ago'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatAge(ms)).toBe(text)
  })
})
