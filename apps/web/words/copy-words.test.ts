import { expect, test } from 'vitest'
import type { CopyStatus } from '#web/trpc/types.ts'
import { copyHolds, copyingWords, copyShare } from './copy-words.ts'

const place = { kind: 'remote', remote: 'nas', path: 'copy' } as const

function running(phase: string, bytesDone: number, bytesTotal: number | null): CopyStatus {
  return {
    place,
    running: { phase, objectsDone: 1, objectsTotal: 2, bytesDone, bytesTotal },
  }
}

test('a copying says how far it is, and what it does when that can not be counted', () => {
  expect(copyShare(running('packs', 1000, 4000))).toBe(0.25)
  expect(copyingWords(running('packs', 1000, 4000))).toBe('1 kB of 4 kB copied.')
  expect(copyShare(running('listing', 0, null))).toBeUndefined()
  expect(copyingWords(running('listing', 0, null))).toBe('Comparing vault and copy.')
})

test('a copy that was never whole says so', () => {
  expect(copyHolds({ place })).toContain('Not complete yet')
})
