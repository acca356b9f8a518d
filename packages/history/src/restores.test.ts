import { PlanId, type Restore, SnapshotId } from '@holdfast/domain'
import { expect, test } from 'vitest'
import { NOON, testHistory } from './history-fixture.ts'

const RESTORE: Restore = {
  ...{ id: 'r1', planId: PlanId.parse('photos'), snapshot: SnapshotId.parse('3fa9c2d1-12') },
  ...{ paths: ['photos/a'], targetDir: '/home/ada/back', conflict: 'keep-both', startedAt: NOON },
  ...{ finishedAt: null, state: 'running', filesDone: 3, filesTotal: null, bytesDone: 5e12 },
  ...{ bytesTotal: null, filesAlready: 1, skippedTotal: 1, error: null },
  skipped: [{ path: 'photos/a/b', reason: 'permission denied' }],
  rewind: { now: null, aside: 'holdfast-removed-x', unchanged: 1, removed: { entries: 2, bytes: 3 } },
}

test('a restore is kept in every detail, and its newest state counts', async () => {
  await using history = await testHistory()
  await history.restores.put(RESTORE)
  expect(await history.restores.get('r1')).toEqual(RESTORE)
  const done = { ...RESTORE, state: 'done', finishedAt: NOON, filesDone: 9 } as const
  await history.restores.put(done)
  await history.restores.put({ ...RESTORE, id: 'r2', rewind: null })
  expect(await history.restores.list({ limit: 10 })).toEqual([{ ...RESTORE, id: 'r2', rewind: null }, done])
  await expect(history.restores.get('r3')).rejects.toMatchObject({ code: 'RUN_UNKNOWN' })
})

test('a restore that was going on when the agent died has failed and can be gone on with', async () => {
  await using history = await testHistory()
  await history.restores.put(RESTORE)
  await history.restores.put({ ...RESTORE, id: 'r2', state: 'done' })
  expect((await history.restores.settleInterrupted(NOON)).map(({ id }) => id)).toEqual(['r1'])
  expect(await history.restores.get('r1')).toMatchObject({
    state: 'failed',
    finishedAt: NOON,
    error: { code: 'ENGINE_DIED' },
    skipped: RESTORE.skipped,
  })
  expect(await history.restores.settleInterrupted(NOON)).toEqual([])
})
