import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { throttled } from './live-progress.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('a run of 100,000 tiny files tells its progress at most five times a second, and its end', () => {
  const passed: number[] = []
  const progress = throttled<number>(250, (files) => passed.push(files))
  const seconds = 10
  for (let file = 1; file <= 100_000; file += 1) {
    progress.offer(file)
    if (file % 10 === 0) vi.advanceTimersByTime((seconds * 1000) / 10_000)
  }
  progress.end()
  expect(passed.length).toBeLessThanOrEqual(seconds * 5)
  expect(passed.length).toBeGreaterThan(seconds * 3)
  expect(passed.at(-1)).toBe(100_000)
  expect(passed).toEqual(passed.toSorted((a, b) => a - b))
})

test('the first value is passed at once, and a burst costs two', () => {
  const passed: number[] = []
  const progress = throttled<number>(250, (value) => passed.push(value))
  for (let i = 0; i < 100_000; i += 1) progress.offer(i)
  expect(passed).toEqual([0])
  vi.advanceTimersByTime(60_000)
  expect(passed).toEqual([0, 99_999])
  progress.end()
  expect(passed).toHaveLength(2)
})
