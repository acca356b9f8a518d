import { expect, test } from 'vitest'
import { logWithHeard } from './log-with-heard.ts'

const line = (second: number, text = `line ${second}`) => ({
  ...{ at: new Date(Date.UTC(2026, 10, 22, 12, 0, second)), level: 'info' as const, text },
})

test('a line that was heard while the answer was on its way is there, and one that the answer has is not twice', () => {
  const all = [line(1), line(2), line(3), line(4)]
  expect(logWithHeard(all.slice(0, 2), all.slice(2))).toEqual(all)
  expect(logWithHeard(all.slice(0, 3), all.slice(1))).toEqual(all)
  expect(logWithHeard(all, all.slice(2))).toEqual(all)
  expect(logWithHeard([], all)).toEqual(all)
})

test('two lines that say the same are two', () => {
  const same = [line(1, 'again'), line(1, 'again')]
  expect(logWithHeard(same.slice(0, 1), same)).toEqual(same)
  expect(logWithHeard(same, same.slice(0, 1))).toEqual(same)
})

test('where the answer has the newest lines only, older ones that were heard stay before it', () => {
  const all = [line(1), line(2), line(3), line(4)]
  expect(logWithHeard(all.slice(2), all.slice(0, 3))).toEqual(all)
})
