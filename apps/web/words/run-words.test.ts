import { noProgress } from '@holdfast/domain'
import { expect, test } from 'vitest'
import { etaWords, progressShare } from './run-words.ts'

test('the share follows bytes when their total is known, files otherwise, and is unknown without either', () => {
  const progress = { ...noProgress('scanning'), bytesDone: 25, filesDone: 9 }
  expect(progressShare({ ...progress, bytesTotal: 100, filesTotal: 10 })).toBe(0.25)
  expect(progressShare({ ...progress, filesTotal: 10 })).toBe(0.9)
  expect(progressShare(progress)).toBeUndefined()
})

test('a run is never at 100 % before it has ended', () => {
  expect(progressShare({ ...noProgress('scanning'), bytesDone: 120, bytesTotal: 100 })).toBe(0.99)
  expect(progressShare(noProgress('proving'))).toBe(0.99)
})

test.each([
  [null, undefined],
  [4, 'a few seconds left'],
  [41, 'about 50 s left'],
  [58, 'about 1 min left'],
  [130, 'about 2 min left'],
  [7260, 'about 2 h 1 min left'],
])('%s seconds left reads as %s', (seconds, words) => {
  expect(etaWords(seconds)).toBe(words)
})
