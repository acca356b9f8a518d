import { expect, test } from 'vitest'
import { dayRange } from './day-range.ts'

test('days are whole, from the first moment of one to the last of the other', () => {
  const { since = '', until = '' } = dayRange('2026-03-28', '2026-03-30')
  const [first, last] = [new Date(since), new Date(until)]
  expect([first.getDate(), first.getHours(), first.getMinutes()]).toEqual([28, 0, 0])
  expect([last.getDate(), last.getHours(), last.getMinutes(), last.getMilliseconds()]).toEqual([
    30, 23, 59, 999,
  ])
})

test('an end that is not given, or only half typed, is none', () => {
  expect(dayRange('', '')).toEqual({})
  expect(Object.keys(dayRange('2026-11-22', ''))).toEqual(['since'])
  expect(dayRange('0002-11-22', '2026-1')).toEqual({})
})
