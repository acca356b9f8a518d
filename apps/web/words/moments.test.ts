import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { dayAndTime, longMoment, nearDay } from './moments.ts'

const now = new Date('2026-11-22T14:00:00Z')
const zone = 'Europe/Berlin'

beforeEach(() => void vi.stubGlobal('navigator', { languages: ['de-DE', 'en-GB'] }))
afterEach(() => void vi.unstubAllGlobals())

test.each([
  ['2026-11-22T15:00:00Z', '16:00'],
  ['2026-11-23T01:00:00Z', 'tomorrow, 02:00'],
  ['2026-11-21T01:00:00Z', 'yesterday, 02:00'],
  ['2026-11-26T01:00:00Z', 'Thursday, 02:00'],
  ['2026-11-19T15:00:00Z', '19 Nov, 16:00'],
  ['2025-11-19T15:00:00Z', '19 Nov 2025, 16:00'],
])('%s reads as "%s" on 22 November', (at, words) => {
  expect(dayAndTime(at, now, zone)).toBe(words)
})

test('midnight belongs to the zone that is asked for', () => {
  expect(dayAndTime('2026-11-22T23:30:00Z', now, zone)).toMatch(/^tomorrow/)
  expect(dayAndTime('2026-11-22T23:30:00Z', now, 'UTC')).not.toMatch(/tomorrow/)
})

test('a near day has its name', () => {
  expect(nearDay(now, now)).toBe('today')
})

test.each([
  ['en-GB', 'Wednesday 18~Nov, 16:00'],
  ['en-US', 'Wednesday Nov~18, 4:00~PM'],
])('in %s a long moment breaks between the weekday, the date and the time only', (language, words) => {
  vi.stubGlobal('navigator', { languages: [language] })
  const broken = longMoment(new Date(2026, 10, 18, 16), now).replaceAll(/[\u00a0\u202f]/g, '~')
  expect(broken).toBe(words)
})
