import { expect, test } from 'vitest'
import { rateLine } from './rate-line.ts'

test('the line runs from the left edge to the right and leaves room above its top', () => {
  const samples = [
    { atMs: 1000, bytesPerSecond: 0 },
    { atMs: 2000, bytesPerSecond: 50 },
    { atMs: 3000, bytesPerSecond: 100 },
  ]
  expect(rateLine(samples, 100, 50)).toBe('M0 49 L50 26.5 L100 4')
})

test('one sample is no line', () => {
  expect(rateLine([{ atMs: 1, bytesPerSecond: 1 }], 100, 50)).toBeUndefined()
  expect(rateLine([], 100, 50)).toBeUndefined()
})
