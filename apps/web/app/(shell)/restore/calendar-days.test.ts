import { expect, test } from 'vitest'
import { calendarWeeks, compareMonths, monthAfter } from './calendar-days.ts'

test('a month lies in weeks from Monday, every day once', () => {
  const weeks = calendarWeeks({ year: 2026, month: 10 }, [])
  expect(weeks.every((week) => week.length === 7)).toBe(true)
  expect(weeks[0]?.map((day) => day?.date)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    1,
  ])
  expect(weeks.flat().flatMap((day) => (day === undefined ? [] : [day.date]))).toEqual(
    Array.from({ length: 30 }, (_, i) => i + 1),
  )
})

test('a day names its snapshots in order, also at its very ends', () => {
  const moments = [
    new Date(2026, 10, 1, 23, 59),
    new Date(2026, 10, 2),
    new Date(2026, 10, 2, 23, 59),
    new Date(2025, 10, 2),
  ]
  const days = calendarWeeks({ year: 2026, month: 10 }, moments).flat()
  expect(days.find((day) => day?.date === 2)?.snapshots).toEqual([1, 2])
  expect(days.find((day) => day?.date === 1)?.snapshots).toEqual([0])
})

test('months follow one another over the new year', () => {
  expect(monthAfter({ year: 2026, month: 11 }, 1)).toEqual({ year: 2027, month: 0 })
  expect(monthAfter({ year: 2026, month: 0 }, -1)).toEqual({ year: 2025, month: 11 })
  expect(compareMonths({ year: 2025, month: 11 }, { year: 2026, month: 0 })).toBeLessThan(0)
})
