import { describe, expect, test } from 'vitest'
import { DAY_MS } from './units.ts'
import { roomProblem } from './vault-room.ts'

const GB = 1_000_000_000
const daily = (...stored: number[]) =>
  stored.map((bytesStored, i) => ({ finishedAt: new Date(i * DAY_MS), bytesStored }))

describe('a vault is nearly full', () => {
  test.each([
    ['when less than a tenth is free', 9.9, 100, [], /9\.90 GB of 100 GB are free/],
    ['when two weeks need more than there is', 20, 100, [2, 2, 2, 2, 2, 2, 2], /needs 28 GB in the next 14/],
    ['also where the place does not tell its size', 20, null, [2, 2, 2], /20 GB are free, and at this pace/],
    ['by the last seven runs only', 50, 1000 * GB, [0, 0, 0, 4, 4, 4, 4, 4, 4, 4], /needs 56 GB/],
  ] as const)('%s', (_, free, total, stored, sentence) => {
    const room = { freeBytes: free * GB, totalBytes: total === null ? null : total > GB ? null : total * GB }
    expect(roomProblem(room, daily(...stored.map((gb) => gb * GB)))).toMatch(sentence)
  })

  test.each([
    ['while a tenth is free', 10, 100, []],
    ['for what two weeks need exactly', 28, 100, [2, 2, 2, 2, 2, 2, 2]],
    ['for a big first run', 20, 100, [60, 0.1, 0.1, 0.1]],
    ['for two runs, which are no pace', 20, 100, [60, 60]],
    ['where the place has no size at all', 1, 0, []],
  ] as const)('not %s', (_, free, total, stored) => {
    const runs = daily(...stored.map((gb) => gb * GB))
    expect(roomProblem({ freeBytes: free * GB, totalBytes: total * GB }, runs)).toBeUndefined()
  })

  test('not for runs of one and the same moment', () => {
    const runs = Array.from({ length: 7 }, () => ({ finishedAt: new Date(0), bytesStored: 9 * GB }))
    expect(roomProblem({ freeBytes: GB, totalBytes: null }, runs)).toBeUndefined()
  })
})
