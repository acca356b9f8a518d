import { PlanId, RunId, VaultId } from '@holdfast/domain'
import { expect, test } from 'vitest'
import { NOON, testEnd, testHistory, testPlan, testRun } from './history-fixture.ts'

const ACTOR = { kind: 'agent', id: null, name: 'agent', address: null } as const
const act = (name: string) => ({
  ...{ at: NOON, actor: ACTOR, act: name, subject: 'x', before: null },
  after: { b: 1, a: [2] },
})
const VAULT = VaultId.parse('0'.repeat(32))

/** A machine with two runs, one of a plan that was removed since, and an audit trail. */
async function oldMachine() {
  const old = await testHistory([testPlan('photos'), testPlan('music')])
  await old.runs.insertQueued({ ...testRun('gone'), planId: PlanId.parse('music') })
  await old.runs.finish(RunId.parse('gone'), testEnd())
  await old.runs.insertQueued(testRun('kept'))
  await old.runs.finish(RunId.parse('kept'), testEnd())
  await old.audit.append(act('plan.create'))
  await old.plans.remove(PlanId.parse('music'), NOON, { audit: act('plan.remove') })
  return old
}

async function broughtFrom(old: Awaited<ReturnType<typeof oldMachine>>) {
  const { lines } = await old.exportSince({ runs: 0, audit: 0 })
  return {
    ...{ plans: await old.plans.list(), vaults: await old.vaults.list(), at: NOON },
    runs: lines.flatMap((line) => (line.kind === 'run' ? [{ seq: line.seq, run: line.value }] : [])),
    audit: lines.flatMap((line) => (line.kind === 'audit' ? [line.value] : [])),
    lastSeq: { vault: VAULT, seq: 41 },
  }
}

test('a history comes back as it was, and its audit trail goes on in one chain', async () => {
  await using old = await oldMachine()
  await using fresh = await testHistory([])
  await fresh.audit.append(act('device.pair'))
  await fresh.bringBack(await broughtFrom(old), { audit: act('recover.bring') })
  expect(await fresh.plans.list()).toEqual(await old.plans.list())
  expect(await fresh.runs.list({ limit: 9 })).toEqual(await old.runs.list({ limit: 9 }))
  expect(await fresh.vaults.lastSeq(VAULT)).toBe(41)
  expect((await fresh.audit.list({ limit: 9 })).map((entry) => entry.act)).toEqual([
    ...['recover.bring', 'device.pair', 'plan.remove', 'plan.create'],
  ])
  const knownHead = await old.audit.head()
  expect(await fresh.audit.verify({ knownHeads: [knownHead] })).toMatchObject({ ok: true, entries: 4 })
  await fresh.runs.insertQueued(testRun('next'))
  await fresh.runs.finish(RunId.parse('next'), testEnd())
  const { lines } = await fresh.exportSince({ runs: 2, audit: 4 })
  expect(lines).toMatchObject([{ kind: 'run', seq: 3 }])
})

test('a home that has a plan takes nothing in and stays as it was', async () => {
  await using old = await oldMachine()
  await using used = await testHistory()
  const bringing = used.bringBack(await broughtFrom(old), { audit: act('recover.bring') })
  await expect(bringing).rejects.toMatchObject({ code: 'HOME_NOT_EMPTY' })
  expect(await used.audit.verify()).toMatchObject({ ok: true, entries: 0 })
  expect(await used.runs.list({ limit: 9 })).toEqual([])
})
