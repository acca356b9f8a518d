import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { intervalMs, lastDue, nextDue, type Schedule, scheduleProblem, startOf } from './schedule.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from './units.ts'

const cron = (expression: string, timeZone = 'Europe/Berlin'): Schedule => ({
  kind: 'cron',
  cron: expression,
  timeZone,
})
const manual: Schedule = { kind: 'manual' }
const at = (text: string): Date => new Date(text)

function dueTimes(schedule: Schedule, after: string, count: number): string[] {
  const times: string[] = []
  let moment = at(after)
  while (times.length < count) {
    const next = nextDue(schedule, moment)
    if (next === undefined) break
    times.push(next.toISOString())
    moment = next
  }
  return times
}

describe('nextDue', () => {
  test('is strictly after the moment asked about, to the millisecond', () => {
    const noon = cron('0 12 * * *', 'UTC')
    expect(nextDue(noon, at('2026-06-01T11:59:59.999Z'))).toEqual(at('2026-06-01T12:00:00Z'))
    expect(nextDue(noon, at('2026-06-01T12:00:00.000Z'))).toEqual(at('2026-06-02T12:00:00Z'))
    expect(nextDue(noon, at('2026-06-01T12:00:00.001Z'))).toEqual(at('2026-06-02T12:00:00Z'))
  })

  test('reads the clock of the schedule, not of the machine', () => {
    expect(nextDue(cron('30 2 * * *', 'Asia/Kathmandu'), at('2026-06-01T00:00:00Z'))).toEqual(
      at('2026-06-01T20:45:00Z'),
    )
  })

  test('a time that the clock jumps over fires once, at the first moment after the gap', () => {
    expect(dueTimes(cron('30 2 * * *'), '2026-03-28T12:00:00Z', 2)).toEqual([
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ])
  })

  test('a time that the clock shows twice fires once', () => {
    expect(dueTimes(cron('30 2 * * *'), '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ])
  })

  test('asked between the two readings of a doubled time, it names the next day', () => {
    expect(nextDue(cron('30 2 * * *'), at('2026-10-25T01:00:00Z'))).toEqual(at('2026-10-26T01:30:00Z'))
  })

  test('an hourly plan runs every real hour through both changes of the clock', () => {
    const spring = dueTimes(cron('0 * * * *'), '2026-03-28T23:30:00Z', 5)
    const autumn = dueTimes(cron('0 * * * *'), '2026-10-24T22:30:00Z', 5)
    for (const times of [spring, autumn]) {
      const gaps = times.slice(1).map((time, i) => at(time).getTime() - at(times[i] ?? '').getTime())
      expect(gaps).toEqual([HOUR_MS, HOUR_MS, HOUR_MS, HOUR_MS])
    }
  })

  test('is undefined for a manual plan and for a day that never comes', () => {
    expect(nextDue(manual, at('2026-06-01T00:00:00Z'))).toBeUndefined()
    expect(nextDue(cron('0 0 30 2 *'), at('2026-06-01T00:00:00Z'))).toBeUndefined()
  })

  test('throws a RangeError for what is not a schedule', () => {
    expect(() => nextDue(cron('every day'), at('2026-06-01T00:00:00Z'))).toThrow(RangeError)
  })
})

describe('lastDue', () => {
  const noon = cron('0 12 * * *', 'UTC')

  test.each([
    ['exactly at a due time', '2026-06-01T12:00:00.000Z', '2026-06-01T12:00:00.000Z'],
    ['a millisecond after it', '2026-06-01T12:00:00.001Z', '2026-06-01T12:00:00.000Z'],
    ['half a second before it', '2026-06-01T11:59:59.500Z', '2026-05-31T12:00:00.000Z'],
    ['a millisecond before it', '2026-06-01T11:59:59.999Z', '2026-05-31T12:00:00.000Z'],
    ['a full second before it', '2026-06-01T11:59:59.000Z', '2026-05-31T12:00:00.000Z'],
  ])('%s', (_title, moment, expected) => {
    expect(lastDue(noon, at(moment))).toEqual(at(expected))
  })

  test.each([
    ['in the gap of spring', '2026-03-29T12:00:00Z', '2026-03-29T01:00:00Z'],
    ['after a doubled hour', '2026-10-25T12:00:00Z', '2026-10-25T00:30:00Z'],
    ['inside a doubled hour', '2026-10-25T01:00:00Z', '2026-10-25T00:30:00Z'],
  ])('agrees with nextDue %s', (_title, moment, expected) => {
    const schedule = cron('30 2 * * *')
    const last = lastDue(schedule, at(moment))
    expect(last).toEqual(at(expected))
    expect(nextDue(schedule, new Date(at(expected).getTime() - 1))).toEqual(last)
  })

  test('is undefined for a manual plan', () => {
    expect(lastDue(manual, at('2026-06-01T00:00:00Z'))).toBeUndefined()
  })
})

describe('intervalMs', () => {
  test.each([
    ['every quarter of an hour', '*/15 * * * *', 15 * MINUTE_MS],
    ['hourly', '0 * * * *', HOUR_MS],
    ['hourly in office hours', '0 8-18 * * *', HOUR_MS],
    ['daily', '0 2 * * *', DAY_MS],
    ['on working days', '0 2 * * 1-5', DAY_MS],
    ['weekly', '0 2 * * 0', 7 * DAY_MS],
  ])('%s', (_title, expression, expected) => {
    expect(intervalMs(cron(expression), at('2026-06-01T00:00:00Z'))).toBe(expected)
  })

  test('a daily plan stays daily across a change of the clock', () => {
    expect(intervalMs(cron('0 2 * * *'), at('2026-03-28T00:00:00Z'))).toBe(DAY_MS)
  })

  test('is undefined for a manual plan and one that never fires', () => {
    expect(intervalMs(manual, at('2026-06-01T00:00:00Z'))).toBeUndefined()
    expect(intervalMs(cron('0 0 30 2 *'), at('2026-06-01T00:00:00Z'))).toBeUndefined()
  })
})

describe('scheduleProblem', () => {
  const now = at('2026-06-01T00:00:00Z')

  test('finds nothing wrong with a good schedule', () => {
    expect(scheduleProblem(cron('0 2 * * *'), now)).toBeUndefined()
    expect(scheduleProblem(manual, now)).toBeUndefined()
  })

  test.each([
    ['words', cron('every day')],
    ['six fields', cron('0 0 2 * * *')],
    ['an hour that is none', cron('0 25 * * *')],
    ['a place without a clock', cron('0 2 * * *', 'Mars/Olympus')],
  ])('names what is not a schedule: %s', (_title, schedule) => {
    expect(scheduleProblem(schedule, now)).toContain('is not a schedule')
  })

  test('says that a schedule never fires', () => {
    expect(scheduleProblem(cron('0 0 30 2 *'), now)).toBe('This schedule never fires.')
  })
})

describe('when the machine is on', () => {
  const daily: Schedule = { kind: 'when-on', every: 'day', timeZone: 'Europe/Berlin' }

  test('wants one run for each day of the zone, also the short and the long ones', () => {
    expect(dueTimes(daily, '2026-03-28T12:00:00Z', 3)).toEqual([
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
      '2026-03-30T22:00:00.000Z',
    ])
    expect(dueTimes(daily, '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T23:00:00.000Z',
    ])
  })

  test('begins weeks on Monday, and hours on the hour', () => {
    const at = '2026-06-03T10:20:00Z'
    expect(dueTimes({ ...daily, every: 'week' }, at, 1)).toEqual(['2026-06-07T22:00:00.000Z'])
    expect(dueTimes({ ...daily, every: 'hour' }, at, 1)).toEqual(['2026-06-03T11:00:00.000Z'])
  })

  test('names a zone that is none', () => {
    const now = at('2026-06-01T00:00:00Z')
    expect(scheduleProblem({ ...daily, timeZone: 'Mars/Olympus' }, now)).toBe(
      'Mars/Olympus is not a time zone.',
    )
  })
})

describe('whatever the schedule, zone and moment', () => {
  const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu']
  const anySchedule = fc.record({
    kind: fc.constant('cron' as const),
    cron: fc.constantFrom(
      '0 2 * * *',
      '30 2 * * *',
      '*/7 * * * *',
      '0 * * * *',
      '15 1,3 * * 1-5',
      '0 0 1 * *',
    ),
    timeZone: fc.constantFrom(...zones),
    randomDelayMinutes: fc.integer({ min: 0, max: 720 }),
  })
  const anyMoment = fc.date({
    min: at('2026-01-01T00:00:00Z'),
    max: at('2027-12-31T00:00:00Z'),
    noInvalidDate: true,
  })

  test('the time after the last due time is the next one, and nothing is due between', () => {
    fc.assert(
      fc.property(anySchedule, anyMoment, (schedule, moment) => {
        const last = lastDue(schedule, moment)
        const next = nextDue(schedule, moment)
        if (last === undefined || next === undefined) return
        expect(last <= moment && moment < next).toBe(true)
        expect(nextDue(schedule, last)).toEqual(next)
      }),
      { numRuns: 150, seed: 42 },
    )
  })

  test('a random delay is the same each time, bounded, and over before the next due time', () => {
    fc.assert(
      fc.property(anySchedule, anyMoment, fc.string(), (schedule, moment, seed) => {
        const due = nextDue(schedule, moment)
        const next = due && nextDue(schedule, due)
        if (due === undefined || next === undefined) return
        const start = startOf(schedule, due, seed)
        expect(startOf(schedule, due, seed)).toEqual(start)
        expect(start >= due && start < next).toBe(true)
        expect(start.getTime() - due.getTime()).toBeLessThanOrEqual(schedule.randomDelayMinutes * MINUTE_MS)
      }),
      { numRuns: 150, seed: 42 },
    )
  })

  test('a random delay is spread: plans with one schedule do not start together', () => {
    const schedule: Schedule = { kind: 'cron', cron: '0 2 * * *', timeZone: 'UTC', randomDelayMinutes: 60 }
    const due = at('2026-06-01T00:00:00Z')
    const starts = new Set(
      Array.from({ length: 50 }, (_, i) => startOf(schedule, due, `plan-${i}`).getTime()),
    )
    expect(starts.size).toBeGreaterThan(40)
  })
})
