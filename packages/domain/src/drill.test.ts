import { expect, it } from 'vitest'
import { drillDue } from './drill.ts'
import { DAY_MS } from './units.ts'

const createdAt = new Date('2026-11-01T12:00:00Z')
const after = (days: number) => new Date(createdAt.getTime() + days * DAY_MS)

it.each([
  ['never', 400, undefined, false],
  ['week', 6.9, undefined, false],
  ['week', 7, undefined, true],
  ['month', 29.9, undefined, false],
  ['month', 30, undefined, true],
  ['month', 59, { at: after(30), mismatches: 0 }, false],
  ['month', 60, { at: after(30), mismatches: 0 }, true],
  ['week', 31, { at: after(30), mismatches: 2 }, true],
] as const)('a drill every %s, %d days on, after %j: due is %s', (every, days, lastDrill, due) => {
  expect(drillDue(every, { lastDrill, createdAt }, after(days))).toBe(due)
})
