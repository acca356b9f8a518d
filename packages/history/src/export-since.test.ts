import { RunId } from '@holdfast/domain'
import { expect, test } from 'vitest'
import { NOON, testEnd, testHistory, testPlan, testRun, testSummary } from './history-fixture.ts'

const START = { runs: 0, audit: 0 }

test('what is finished comes once, in order, and the position goes on from there', async () => {
  await using history = await testHistory()
  expect(await history.exportSince(START)).toEqual({ lines: [], to: START })
  for (const id of ['one', 'two']) {
    await history.runs.insertQueued(testRun(id))
    await history.runs.finish(RunId.parse(id), testEnd())
  }
  const facts = { actor: { kind: 'agent', id: null, name: 'agent', address: null }, subject: 'x' } as const
  const entry = await history.audit.append({ at: NOON, act: 'plan.create', before: null, after: 1, ...facts })
  const first = await history.exportSince(START)
  expect(first.to).toEqual({ runs: 2, audit: 1 })
  expect(first.lines).toEqual([
    { kind: 'run', seq: 1, value: await history.runs.get(RunId.parse('one')) },
    { kind: 'run', seq: 2, value: await history.runs.get(RunId.parse('two')) },
    { kind: 'audit', seq: 1, value: entry },
  ])
  expect(await history.exportSince(first.to)).toEqual({ lines: [], to: first.to })
})

test('a run that goes on holds the position back, so that it is never left out', async () => {
  await using history = await testHistory([testPlan('photos'), testPlan('music')])
  await history.runs.insertQueued(testRun('long'))
  await history.runs.insertQueued({ ...testRun('short'), planId: testPlan('music').id })
  await history.runs.finish(RunId.parse('short'), testEnd())
  const { lines, to } = await history.exportSince(START)
  expect(lines.map(({ seq }) => seq)).toEqual([2])
  expect(to).toEqual(START)
  await history.runs.finish(RunId.parse('long'), testEnd())
  const later = await history.exportSince(to)
  expect(later.lines.map(({ seq }) => seq)).toEqual([1, 2])
  expect(later.to.runs).toBe(2)
})

test('of a thousand unreadable files a few are named', async () => {
  await using history = await testHistory()
  await history.runs.insertQueued(testRun('one'))
  const skipped = Array.from({ length: 1000 }, (_, i) => ({ path: `/x/${i}`, reason: 'permission denied' }))
  await history.runs.finish(RunId.parse('one'), testEnd({ summary: { ...testSummary(), skipped } }))
  const [line] = (await history.exportSince(START)).lines
  expect(line?.kind === 'run' && line.value.summary?.skipped).toHaveLength(20)
})
