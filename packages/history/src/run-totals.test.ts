import { RunId } from '@holdfast/domain'
import { expect, test } from 'vitest'
import { NOON, testEnd, testHistory, testPlan, testRun } from './history-fixture.ts'

test('finished runs are counted by plan and outcome, with their bytes and how long they took', async () => {
  await using history = await testHistory()
  expect(await history.runs.totals()).toEqual([])
  for (const [id, outcome] of [
    ['a', 'complete'],
    ['b', 'complete'],
    ['c', 'failed'],
  ] as const) {
    await history.runs.insertQueued(testRun(id))
    await history.runs.markRunning(RunId.parse(id), NOON)
    const finishedAt = new Date(NOON.getTime() + 1500)
    await history.runs.finish(
      RunId.parse(id),
      testEnd({ outcome, finishedAt, ...(id === 'c' && { summary: null }) }),
    )
  }
  await history.runs.insertQueued(testRun('goes-on'))
  const planId = testPlan().id
  expect(await history.runs.totals()).toEqual([
    { planId, outcome: 'complete', runs: 2, bytesStored: 10e12, seconds: 3 },
    { planId, outcome: 'failed', runs: 1, bytesStored: 0, seconds: 1.5 },
  ])
})
