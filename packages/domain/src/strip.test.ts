import { describe, expect, test } from 'vitest'
import type { Outcome } from './run.ts'
import { stripHeights, stripOf } from './strip.ts'

const ran = (at: string, outcome: Outcome = 'complete', bytesStored = 10) => ({
  finishedAt: new Date(at),
  outcome,
  bytesStored,
})

describe('stripOf', () => {
  test('has one entry a day, oldest first, today last', () => {
    const days = stripOf([], { now: new Date('2026-06-08T12:00:00Z'), days: 3, timeZone: 'UTC' })
    expect(days).toEqual([
      { day: '2026-06-06', outcome: 'none', bytesAdded: 0, runs: 0 },
      { day: '2026-06-07', outcome: 'none', bytesAdded: 0, runs: 0 },
      { day: '2026-06-08', outcome: 'none', bytesAdded: 0, runs: 0 },
    ])
  })

  test("adds up a day's runs and shows its worst outcome", () => {
    const runs = [
      ran('2026-06-08T01:00:00Z', 'complete', 5),
      ran('2026-06-08T02:00:00Z', 'failed', 0),
      ran('2026-06-08T03:00:00Z', 'incomplete', 7),
      ran('2026-05-01T03:00:00Z', 'failed', 7),
    ]
    const [day] = stripOf(runs, { now: new Date('2026-06-08T12:00:00Z'), days: 1, timeZone: 'UTC' })
    expect(day).toEqual({ day: '2026-06-08', outcome: 'failed', bytesAdded: 12, runs: 3 })
  })

  test("puts a run into the reader's day", () => {
    const runs = [ran('2026-06-07T23:30:00Z')]
    const now = new Date('2026-06-08T12:00:00Z')
    const last = (timeZone: string) => stripOf(runs, { now, days: 1, timeZone })[0]?.runs
    expect(last('Europe/Berlin')).toBe(1)
    expect(last('America/New_York')).toBe(0)
  })

  test.each([
    ['the day of 23 hours', '2026-03-29T22:30:00Z', '2026-03-29'],
    ['the day of 25 hours', '2026-10-25T23:10:00Z', '2026-10-25'],
  ])('neither loses nor doubles %s', (_title, now, yesterday) => {
    const days = stripOf([], { now: new Date(now), days: 14, timeZone: 'Europe/Berlin' }).map(
      ({ day }) => day,
    )
    expect(new Set(days).size).toBe(14)
    expect(days.at(-2)).toBe(yesterday)
    expect(stripOf([], { now: new Date(now), days: 3, timeZone: 'Europe/Berlin' })).toHaveLength(3)
  })

  test('late on the day of 25 hours, today stands there once', () => {
    const options = { now: new Date('2026-10-25T22:45:00Z'), days: 2, timeZone: 'Europe/Berlin' }
    expect(stripOf([], options).map(({ day }) => day)).toEqual(['2026-10-24', '2026-10-25'])
  })
})

describe('stripHeights', () => {
  test('draws nothing for a day without a run, a stump for a run that added nothing, the full height for the most', () => {
    const day = (outcome: Outcome | 'none', bytesAdded: number) => ({ day: '', outcome, bytesAdded, runs: 1 })
    expect(
      stripHeights([day('none', 0), day('complete', 0), day('complete', 25), day('complete', 100)]),
    ).toEqual([0, 0.12, 0.56, 1])
  })

  test('does not divide by nothing when no day added a byte', () => {
    expect(stripHeights([{ day: '', outcome: 'complete', bytesAdded: 0, runs: 1 }])).toEqual([0.12])
    expect(stripHeights([])).toEqual([])
  })
})
