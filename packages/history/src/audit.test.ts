import { pathToFileURL } from 'node:url'
import { PlanId, RunId } from '@holdfast/domain'
import { expect, test } from 'vitest'
import type { AuditAct } from './audit.ts'
import { NOON, testHistory, testPlan, testRun } from './history-fixture.ts'
import { openConnection } from './one-connection.ts'

const act = (subject: string, facts: Partial<AuditAct> = {}): AuditAct => ({
  at: NOON,
  actor: { kind: 'device', id: 'phone', name: "Ada's phone", address: '192.168.1.7' },
  act: 'plan.create',
  subject,
  before: null,
  after: { name: 'Photos', nested: { b: 1, a: [1, 2] } },
  ...facts,
})

/** Does what no program of ours does. */
async function tamper(file: string, sql: string): Promise<void> {
  const connection = openConnection({ url: pathToFileURL(file).href })
  for (const statement of sql.split(';')) await connection.execute(statement)
  connection.close()
}

test('the trail starts with zeros, holds what was done, and agrees with itself', async () => {
  await using history = await testHistory([])
  expect(await history.audit.head()).toBe('0'.repeat(64))
  expect(await history.audit.verify()).toEqual({ ok: true, entries: 0, head: '0'.repeat(64) })
  const first = await history.audit.append(act('a'))
  const second = await history.audit.append(act('b', { before: { paused: false }, after: null }))
  expect(first).toMatchObject({ ...act('a'), seq: 1, previous: '0'.repeat(64) })
  expect(second).toMatchObject({ seq: 2, previous: first.hash, before: { paused: false }, after: null })
  expect(await history.audit.list({ limit: 9 })).toEqual([second, first])
  expect(await history.audit.list({ limit: 9, before: 2 })).toEqual([first])
  expect(await history.audit.head()).toBe(second.hash)
  expect(await history.audit.verify({ knownHeads: [first.hash] })).toEqual({
    ok: true,
    entries: 2,
    head: second.hash,
  })
})

test('the hash does not depend on the order of keys', async () => {
  await using one = await testHistory([])
  await using other = await testHistory([])
  const a = await one.audit.append(act('a', { after: { x: 1, y: { p: 1, q: 2 } } }))
  const b = await other.audit.append(act('a', { after: { y: { q: 2, p: 1 }, x: 1 } }))
  expect(a.hash).toBe(b.hash)
})

test.each([
  ['a changed entry', "UPDATE audit_entry SET subject = 'x' WHERE seq = 2", { brokenAt: 2, why: 'changed' }],
  [
    'a changed actor',
    `UPDATE audit_entry SET actorJson = replace(actorJson, 'Ada', 'Eve') WHERE seq = 3`,
    { brokenAt: 3, why: 'changed' },
  ],
  [
    'a changed time',
    "UPDATE audit_entry SET at = '2026-11-22T12:00:00.001+00:00' WHERE seq = 1",
    { brokenAt: 1, why: 'changed' },
  ],
  ['a missing entry', 'DELETE FROM audit_entry WHERE seq = 2', { brokenAt: 2, why: 'missing' }],
  ['a missing start', 'DELETE FROM audit_entry WHERE seq = 1', { brokenAt: 1, why: 'missing' }],
  ['a cut end', 'DELETE FROM audit_entry WHERE seq = 3', { brokenAt: 3, why: 'head-unknown' }],
  [
    'an inserted entry',
    `INSERT INTO audit_entry (seq, at, actorJson, act, subject, previous, hash)
      SELECT 4, at, actorJson, 'plan.remove', subject, hash, '${'a'.repeat(64)}' FROM audit_entry WHERE seq = 3`,
    { brokenAt: 4, why: 'changed' },
  ],
  [
    'an entry pushed in between',
    `UPDATE audit_entry SET seq = 4 WHERE seq = 3; INSERT INTO audit_entry (seq, at, actorJson, act, subject, previous, hash)
      SELECT 3, at, actorJson, 'plan.remove', subject, '${'b'.repeat(64)}', '${'a'.repeat(64)}' FROM audit_entry WHERE seq = 2`,
    { brokenAt: 3, why: 'changed' },
  ],
])('%s shows', async (_name, sql, expected) => {
  await using history = await testHistory([])
  for (const subject of ['a', 'b', 'c']) await history.audit.append(act(subject))
  const [newest, middle] = await history.audit.list({ limit: 2 })
  await tamper(history.file, sql)
  const knownHeads = [newest?.hash ?? '', middle?.hash ?? '']
  expect(await history.audit.verify({ knownHeads })).toEqual({ ok: false, ...expected })
})

test('a trail written anew, whole in itself, does not hold the heads that were noted elsewhere', async () => {
  await using real = await testHistory([])
  await using forged = await testHistory([])
  const knownHeads: string[] = []
  for (const subject of ['a', 'b', 'c', 'd']) {
    const { hash } = await real.audit.append(act(subject))
    await forged.audit.append(act(subject === 'c' ? 'x' : subject))
    knownHeads.push(hash)
  }
  expect(await forged.audit.verify()).toMatchObject({ ok: true })
  expect(await real.audit.verify({ knownHeads })).toMatchObject({ ok: true, entries: 4 })
  expect(await forged.audit.verify({ knownHeads })).toEqual({ ok: false, brokenAt: 3, why: 'head-unknown' })
})

test('entries are found by act, actor, subject, time and by any text in them', async () => {
  await using history = await testHistory([])
  const later = new Date(NOON.getTime() + 60_000)
  await history.audit.append(act('a'))
  await history.audit.append(act('b', { act: 'run.start', at: later, after: { path: '/home/"Ada"/100%' } }))
  const agent = { kind: 'agent', id: null, name: 'Holdfast', address: null } as const
  await history.audit.append(
    act('c', { act: 'plan.drill', at: later, actor: agent, before: { cron: 'old' } }),
  )
  const found = async (filter: Parameters<typeof history.audit.list>[0] | object) =>
    (await history.audit.list({ limit: 9, ...filter })).map(({ subject }) => subject).join('')
  expect(await found({})).toBe('cba')
  expect(await found({ act: 'plan.' })).toBe('ca')
  expect(await found({ act: 'plan.', before: 3 })).toBe('a')
  expect(await found({ actor: "Ada's phone" })).toBe('ba')
  expect(await found({ actor: 'agent' })).toBe('c')
  expect(await found({ subject: 'b' })).toBe('b')
  expect(await found({ since: later })).toBe('cb')
  expect(await found({ until: NOON })).toBe('a')
  expect(await found({ text: '/home/"ada"' })).toBe('b')
  expect(await found({ text: 'PHOTOS' })).toBe('ca')
  expect(await found({ text: 'Cron' })).toBe('c')
  expect(await found({ text: '100%' })).toBe('b')
  expect(await found({ text: '0_%' })).toBe('')
  expect(await found({ text: 'old', act: 'run.' })).toBe('')
})

test('many acts at once make one chain, longer than a page', async () => {
  await using history = await testHistory([])
  await Promise.all(Array.from({ length: 250 }, (_, i) => history.audit.append(act(`s${i}`))))
  expect(await history.audit.verify()).toMatchObject({ ok: true, entries: 250 })
})

test('an act and its record are stored together or not at all', async () => {
  await using history = await testHistory()
  const { id } = testPlan()
  await history.plans.setPaused(id, true, { audit: act(id, { act: 'plan.pause' }) })
  await history.runs.insertQueued(testRun('a'), { audit: act('a', { act: 'run.start' }) })
  expect((await history.audit.list({ limit: 9 })).map((entry) => entry.act)).toEqual([
    'run.start',
    'plan.pause',
  ])
  // Neither a refused act nor one that changed nothing is recorded.
  await history.runs.insertQueued(testRun('b'), { audit: act('b') })
  await expect(history.plans.setPaused(PlanId.parse('none'), true, { audit: act('none') })).rejects.toThrow()
  expect(await history.audit.list({ limit: 9 })).toHaveLength(2)
  // An act that can't be recorded does not happen.
  await expect(history.plans.setPaused(id, false, { audit: act('NUL \0') })).rejects.toThrow()
  expect(await history.plans.get(id)).toMatchObject({ paused: true })
  expect(await history.runs.get(RunId.parse('a'))).toMatchObject({ state: 'queued' })
})
