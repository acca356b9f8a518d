import { describe, expect, test } from 'vitest'
import { type Bandwidth, formatTimetable, limitAt, parseTimetable } from './bandwidth.ts'

const at = (text: string) => new Date(text)
const office: Bandwidth = {
  timetable: parseTimetable('19:00,off 08:00,512k') ?? [],
  timeZone: 'Europe/Berlin',
  now: null,
}

describe('limitAt', () => {
  test.each([
    ['before the first time of the day', '2026-06-01T05:59:59Z', null],
    ['at a boundary', '2026-06-01T06:00:00Z', 512 * 1024],
    ['at its last moment', '2026-06-01T16:59:59Z', 512 * 1024],
    ['after the last time of the day', '2026-06-01T17:00:00Z', null],
    ['in winter time', '2026-12-01T06:30:00Z', null],
  ])('follows the clock of the zone: %s', (_title, moment, limit) => {
    expect(limitAt(office, at(moment), false)).toBe(limit)
  })

  test('the last limit of a day lasts until the first one of the next', () => {
    const timetable = parseTimetable('08:00,off 19:00,1M') ?? []
    expect(limitAt({ ...office, timetable }, at('2026-06-01T03:00:00Z'), false)).toBe(1024 ** 2)
  })

  test('an hour that the clock shows twice has its limit twice', () => {
    const bandwidth = { ...office, timetable: parseTimetable('02:30,1M 03:00,off') ?? [] }
    for (const moment of ['2026-10-25T00:40:00Z', '2026-10-25T01:40:00Z'])
      expect(limitAt(bandwidth, at(moment), false)).toBe(1024 ** 2)
  })

  test('a limit for now ends at its moment, or with the runs', () => {
    const noon = at('2026-06-01T10:00:00Z')
    const until = at('2026-06-01T11:00:00Z')
    expect(limitAt({ ...office, now: { bytesPerSecond: 2048, until } }, noon, false)).toBe(2048)
    expect(limitAt({ ...office, now: { bytesPerSecond: 2048, until } }, until, true)).toBe(512 * 1024)
    expect(limitAt({ ...office, now: { bytesPerSecond: null, until: null } }, noon, true)).toBeNull()
    expect(limitAt({ ...office, now: { bytesPerSecond: null, until: null } }, noon, false)).toBe(512 * 1024)
  })

  test('nothing is limited without a timetable', () => {
    expect(limitAt({ ...office, timetable: [] }, at('2026-06-01T10:00:00Z'), true)).toBeNull()
  })
})

test("a timetable is read and written in rclone's form", () => {
  expect(formatTimetable(office.timetable)).toBe('08:00,512k 19:00,off')
  expect(formatTimetable(parseTimetable('1M') ?? [])).toBe('00:00,1M')
  for (const wrong of ['', '25:00,1M', '08:00', '08:00,fast', '08:00,1M 08:00,2M', '1M 2M', '08:00,1'])
    expect(parseTimetable(wrong)).toBeUndefined()
})
