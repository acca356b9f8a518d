import { Outcome, PlanId, RunId } from '@holdfast/domain'
import { describe, expect, test } from 'vitest'
import { NOON, testEnd, testHistory, testPlan, testRun, testSummary } from './history-fixture.ts'

const LATER = new Date('2026-11-22T12:05:00.000Z')
const DUE = new Date('2026-11-22T02:00:00.000Z')

test('a run comes back as it was at each of its stages', async () => {
  await using history = await testHistory()
  const queued = await history.runs.insertQueued(testRun('a', { dueAt: DUE }))
  expect(queued).toEqual({
    kind: 'queued',
    run: { id: 'a', planId: 'photos', trigger: 'schedule', queuedAt: NOON, state: 'queued' },
  })
  const running = await history.runs.markRunning(RunId.parse('a'), NOON)
  expect(running).toMatchObject({
    state: 'running',
    startedAt: NOON,
    progress: { phase: 'starting', filesDone: 0 },
  })
  const proof = { kind: 'first-file' as const, at: LATER, files: 1, bytes: 10, mismatches: 0 }
  const end = testEnd({ finishedAt: LATER, proof })
  const finished = await history.runs.finish(RunId.parse('a'), end)
  const { kind: _, run } = queued
  expect(finished).toEqual({ ...run, state: 'finished', startedAt: NOON, ...end })
  expect(await history.runs.get(RunId.parse('a'))).toEqual(finished)
})

test('an end is final and an unknown run has none', async () => {
  await using history = await testHistory()
  await history.runs.insertQueued(testRun('a'))
  const reason = { code: 'REMOTE_FULL', message: 'The remote is full.', next: 'Free some space.' }
  await history.runs.finish(RunId.parse('a'), testEnd({ outcome: 'failed', summary: null, reason }))
  await expect(history.runs.finish(RunId.parse('a'), testEnd())).rejects.toMatchObject({
    code: 'RUN_NOT_RUNNING',
  })
  await expect(history.runs.markRunning(RunId.parse('a'), NOON)).rejects.toMatchObject({
    code: 'RUN_NOT_RUNNING',
  })
  await expect(history.runs.finish(RunId.parse('b'), testEnd())).rejects.toMatchObject({
    code: 'RUN_UNKNOWN',
  })
  await expect(history.runs.get(RunId.parse('b'))).rejects.toMatchObject({ code: 'RUN_UNKNOWN' })
  expect(await history.runs.get(RunId.parse('a'))).toMatchObject({
    outcome: 'failed',
    reason,
    startedAt: NOON,
  })
})

test('a due time has one run, also when both are started at once', async () => {
  await using history = await testHistory()
  const both = await Promise.all([
    history.runs.insertQueued(testRun('a', { dueAt: DUE })),
    history.runs.insertQueued(testRun('b', { dueAt: DUE })),
  ])
  expect(both.map(({ kind, run }) => [kind, run.id])).toEqual([
    ['queued', 'a'],
    ['already', 'a'],
  ])
  await history.runs.finish(RunId.parse('a'), testEnd())
  expect(await history.runs.insertQueued(testRun('c', { dueAt: DUE }))).toMatchObject({ kind: 'already' })
  const reason = { code: 'ON_BATTERY', message: 'On battery.', next: '' }
  expect(await history.runs.insertSkipped(testRun('d', { dueAt: DUE }), reason)).toMatchObject({
    kind: 'already',
  })
  expect(await history.runs.list({ limit: 10 })).toHaveLength(1)
})

test('a plan has one unfinished run, and a skipped one beside it', async () => {
  await using history = await testHistory([testPlan('photos'), testPlan('music')])
  const other = PlanId.parse('music')
  await history.runs.insertQueued(testRun('a'))
  expect(await history.runs.insertQueued(testRun('b'))).toMatchObject({ kind: 'busy', run: { id: 'a' } })
  expect(await history.runs.insertQueued(testRun('c', { planId: other }))).toMatchObject({ kind: 'queued' })
  const reason = { code: 'PLAN_RUNNING', message: 'The plan was running.', next: 'Nothing to do.' }
  const skipped = await history.runs.insertSkipped(testRun('d', { dueAt: DUE }), reason)
  expect(skipped.run).toMatchObject({ state: 'finished', outcome: 'skipped', reason, finishedAt: NOON })
  const missing = testRun('e', { planId: PlanId.parse('none') })
  await expect(history.runs.insertQueued(missing)).rejects.toMatchObject({ code: 'PLAN_UNKNOWN' })
})

test('runs are listed newest first, page by page, by the order of queuing and not by the clock', async () => {
  await using history = await testHistory([testPlan('photos'), testPlan('music')])
  for (const [i, id] of ['a', 'b', 'c', 'd', 'e'].entries()) {
    const planId = PlanId.parse(id === 'b' ? 'music' : 'photos')
    await history.runs.insertQueued(testRun(id, { planId, queuedAt: new Date(NOON.getTime() - i * 1000) }))
    await history.runs.finish(RunId.parse(id), testEnd())
  }
  const ids = async (query: Parameters<typeof history.runs.list>[0]) =>
    (await history.runs.list(query)).map((run) => run.id)
  expect(await ids({ limit: 2 })).toEqual(['e', 'd'])
  expect(await ids({ limit: 2, before: RunId.parse('d') })).toEqual(['c', 'b'])
  expect(await ids({ limit: 9, before: RunId.parse('a') })).toEqual([])
  expect(await ids({ limit: 9, planId: PlanId.parse('music') })).toEqual(['b'])
  await expect(ids({ limit: 9, before: RunId.parse('z') })).rejects.toMatchObject({ code: 'RUN_UNKNOWN' })
})

test('what was going on when the agent died is settled as interrupted, once', async () => {
  await using history = await testHistory([testPlan('photos'), testPlan('music')])
  await history.runs.insertQueued(testRun('a'))
  await history.runs.markRunning(RunId.parse('a'), NOON)
  await history.runs.insertQueued(testRun('b', { planId: PlanId.parse('music') }))
  const settled = await history.runs.settleInterrupted(LATER)
  expect(settled).toMatchObject([
    { id: 'a', outcome: 'interrupted', startedAt: NOON, finishedAt: LATER, reason: { code: 'ENGINE_DIED' } },
    { id: 'b', outcome: 'interrupted', startedAt: LATER, finishedAt: LATER },
  ])
  expect(await history.runs.listUnfinished()).toEqual([])
  expect(await history.runs.settleInterrupted(LATER)).toEqual([])
})

test('a finished run raises the highest number of its vault and never lowers it', async () => {
  await using history = await testHistory()
  const { id } = testPlan().vault
  expect(await history.vaults.lastSeq(id)).toBe(0)
  await history.runs.insertQueued(testRun('a'))
  await history.runs.finish(RunId.parse('a'), testEnd({ summary: testSummary(12) }))
  expect(await history.vaults.lastSeq(id)).toBe(12)
  await history.vaults.noteSeq(id, 7)
  expect(await history.vaults.lastSeq(id)).toBe(12)
  await history.vaults.noteSeq(id, 13)
  expect(await history.vaults.lastSeq(id)).toBe(13)
})

test.each(Outcome.options)('the outcome %s comes back', async (outcome) => {
  await using history = await testHistory()
  await history.runs.insertQueued(testRun('a'))
  await history.runs.finish(RunId.parse('a'), testEnd({ outcome, summary: null }))
  expect(await history.runs.get(RunId.parse('a'))).toMatchObject({ outcome })
})

test('log lines come back in order, the newest ones when there are too many', async () => {
  await using history = await testHistory()
  const id = RunId.parse('a')
  await history.runs.insertQueued(testRun('a'))
  const line = (n: number) => ({ at: NOON, level: 'info' as const, text: `line ${n}\nand more é` })
  await history.log.append(id, [1, 2, 3].map(line))
  await history.log.append(id, [])
  await history.log.append(id, [4].map(line))
  expect(await history.log.tail(id, 10)).toEqual([1, 2, 3, 4].map(line))
  expect(await history.log.tail(id, 2)).toEqual([3, 4].map(line))
  expect(await history.log.tail(RunId.parse('z'), 2)).toEqual([])
  await expect(history.log.append(RunId.parse('z'), [line(1)])).rejects.toThrow()
  await history.log.append(id, [{ at: NOON, level: 'warn', text: 'a\0b' }])
  expect(await history.log.tail(id, 1)).toEqual([{ at: NOON, level: 'warn', text: 'a\\x00b' }])
})

describe('logs are kept by age and size', () => {
  const DAY = 24 * 3600_000
  const day = (n: number) => new Date(NOON.getTime() + n * DAY)
  const all = { since: day(-99), bytes: 1e9 }

  /** Runs a, b, c ended a day after the other with about 1,000 bytes of log each; m goes on. */
  async function withLogs() {
    const history = await testHistory([testPlan('photos'), testPlan('music')])
    await history.runs.insertQueued(testRun('m', { planId: PlanId.parse('music') }))
    await history.log.append(RunId.parse('m'), [{ at: NOON, level: 'info', text: 'x'.repeat(960) }])
    for (const [n, id] of ['a', 'b', 'c'].entries()) {
      await history.runs.insertQueued(testRun(id))
      await history.runs.finish(RunId.parse(id), testEnd({ finishedAt: day(n) }))
      await history.log.append(RunId.parse(id), [{ at: NOON, level: 'info', text: 'x'.repeat(960) }])
    }
    return history
  }

  test.each([
    ['all that fits', all, 'mabc'],
    ['nothing older than the age', { ...all, since: day(1) }, 'mbc'],
    ['the newest run and what goes on, however old', { ...all, since: day(9) }, 'mc'],
    ['the newest ones up to the size', { ...all, bytes: 2500 }, 'mbc'],
    ['the newest run and what goes on, however big', { ...all, bytes: 1 }, 'mc'],
  ])('%s', async (_name, rule, expected) => {
    await using history = await withLogs()
    await history.log.keepWithin(rule)
    const kept = ['m', 'a', 'b', 'c'].map(async (id) =>
      (await history.log.tail(RunId.parse(id), 9)).length > 0 ? id : '',
    )
    expect((await Promise.all(kept)).join('')).toBe(expected)
    expect(await history.runs.list({ limit: 9 })).toHaveLength(4)
  })
})
