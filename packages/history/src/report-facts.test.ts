import { DAY_MS } from '@holdfast/domain'
import { expect, test } from 'vitest'
import { NOON, testEnd, testHistory, testPlan, testRun, testSummary } from './history-fixture.ts'

test('a report gets every run, proof and change since a moment, and what was stored before it', async () => {
  const plan = testPlan()
  await using history = await testHistory([plan])
  const at = (days: number) => new Date(NOON.getTime() + days * DAY_MS)
  for (const [index, days] of [0, 10, 11].entries()) {
    const run = testRun(`run-${index}`, { queuedAt: at(days) })
    await history.runs.insertQueued(run)
    await history.runs.finish(run.id, testEnd({ finishedAt: at(days), summary: testSummary(index + 1) }))
  }
  const proof = { kind: 'drill', at: at(12), files: 3, bytes: 9, mismatches: 0 } as const
  await history.proofs.add(plan.id, proof)
  const actor = { kind: 'cli', id: null, name: 'Ann', address: null } as const
  for (const act of ['plan.update', 'run.start'])
    await history.audit.append({ at: at(12), actor, act, subject: plan.id, before: null, after: null })

  const facts = await history.reportFacts(at(5))
  expect(facts.runs.map(({ id, outcome, filesNew }) => ({ id, outcome, filesNew }))).toEqual([
    { id: 'run-1', outcome: 'complete', filesNew: 1 },
    { id: 'run-2', outcome: 'complete', filesNew: 1 },
  ])
  expect(facts.storedBefore).toBeGreaterThan(0)
  expect(facts.proofs).toEqual([{ planId: plan.id, ...proof }])
  expect(facts.changes).toEqual([{ at: at(12), who: 'Ann', act: 'plan.update', subject: plan.id }])
})
