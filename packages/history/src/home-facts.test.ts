import { pathToFileURL } from 'node:url'
import { type Outcome, PlanId, RunId } from '@holdfast/domain'
import { expect, test } from 'vitest'
import { NOON, testEnd, testHistory, testPlan, testRun, testSummary } from './history-fixture.ts'
import { CHOOSE_RUNS_SQL, STRIP_SQL } from './home-facts.ts'
import { openConnection } from './one-connection.ts'

const DAY = 86_400_000
const at = (days: number) => new Date(NOON.getTime() + days * DAY)
const query = { now: NOON, stripDays: 14, recentRuns: 5 }

test('a new plan has no history, and no plan is no error', async () => {
  await using empty = await testHistory([])
  expect(await empty.homeFacts(query)).toEqual({ plans: [], recentRuns: [] })
  await using history = await testHistory()
  const [facts] = (await history.homeFacts(query)).plans
  const nothing = { running: undefined, lastRun: undefined, lastSnapshotAt: undefined, lastProof: undefined }
  expect(facts).toEqual({ plan: testPlan(), ...nothing, lastRuns: [], strip: [] })
})

test('each plan gets its own newest runs, snapshot, proof and strip', async () => {
  await using history = await testHistory([testPlan('photos'), testPlan('music')])
  const reason = { code: 'X', message: 'x', next: 'x' }
  const proof = { kind: 'drill' as const, at: at(-3), files: 2, bytes: 3, mismatches: 0 }
  const end = async (id: string, plan: string, outcome: Outcome, days: number, more = {}) => {
    await history.runs.insertQueued(testRun(id, { planId: PlanId.parse(plan), queuedAt: at(days) }))
    const summary = outcome === 'complete' || outcome === 'incomplete' ? testSummary() : null
    await history.runs.finish(RunId.parse(id), testEnd({ outcome, summary, finishedAt: at(days), ...more }))
  }
  await end('old', 'photos', 'complete', -30)
  await end('p1', 'photos', 'complete', -3, { proof })
  await end('m1', 'music', 'failed', -3, { reason })
  await end('p2', 'photos', 'incomplete', -2, { reason })
  await end('p3', 'photos', 'failed', -1, { reason })
  await history.runs.insertSkipped(testRun('p4', { queuedAt: at(-0.5) }), reason)
  await history.runs.insertQueued(testRun('p5'))
  await history.runs.markRunning(RunId.parse('p5'), NOON)

  const { plans, recentRuns } = await history.homeFacts(query)
  expect(recentRuns.map(({ id }) => id)).toEqual(['p5', 'p4', 'p3', 'p2', 'm1'])
  const [music, photos] = plans
  expect(photos).toMatchObject({
    plan: { id: 'photos' },
    running: { id: 'p5', state: 'running' },
    lastRun: { id: 'p4', outcome: 'skipped' },
    lastRuns: [{ id: 'p3' }, { id: 'p2' }],
    lastSnapshotAt: at(-2),
    lastProof: proof,
  })
  expect(photos?.strip).toEqual([
    { finishedAt: at(-3), outcome: 'complete', bytesStored: 5e12 },
    { finishedAt: at(-2), outcome: 'incomplete', bytesStored: 5e12 },
    { finishedAt: at(-1), outcome: 'failed', bytesStored: 0 },
    { finishedAt: at(-0.5), outcome: 'skipped', bytesStored: 0 },
  ])
  expect(music).toMatchObject({ running: undefined, lastRun: { id: 'm1' }, lastRuns: [{ id: 'm1' }] })
  expect(music?.lastSnapshotAt).toBeUndefined()
  expect(music?.strip).toHaveLength(1)
})

test('the home query walks indices only, however long the history is', async () => {
  await using history = await testHistory([testPlan('photos'), testPlan('music')])
  const connection = openConnection({ url: pathToFileURL(history.file).href })
  for (const [sql, arg, searches, scans] of [
    [CHOOSE_RUNS_SQL, 5, 5, 1],
    [STRIP_SQL, '2026-11-08', 1, 0],
  ] as const) {
    const { rows } = await connection.execute({ sql: `EXPLAIN QUERY PLAN ${sql}`, args: [arg] })
    const steps = rows.map(({ detail }) => String(detail))
    expect(steps.filter((step) => /^SEARCH run USING .*INDEX/.test(step))).toHaveLength(searches)
    // The newest runs of all are the end of the table itself: a scan that stops after five.
    expect(steps.filter((step) => /^SCAN run\b/.test(step))).toHaveLength(scans)
    expect(steps.filter((step) => step.includes('TEMP B-TREE'))).toEqual([])
  }
  connection.close()
})
