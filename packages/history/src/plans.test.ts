import { PlanId, Vault, VaultId } from '@holdfast/domain'
import { expect, test } from 'vitest'
import { NOON, testHistory, testPlan } from './history-fixture.ts'

test('a plan comes back as it was stored, with its sources in order and its vault', async () => {
  await using history = await testHistory([])
  const plan = testPlan()
  expect(await history.plans.create(plan)).toEqual(plan)
  expect(await history.plans.get(plan.id)).toEqual(plan)
  const manual = { ...testPlan('music', '1'), schedule: { kind: 'manual' as const } }
  await history.plans.create({ ...manual, createdAt: new Date(NOON.getTime() + 1) })
  expect((await history.plans.list()).map(({ id, schedule }) => [id, schedule.kind])).toEqual([
    ['photos', 'cron'],
    ['music', 'manual'],
  ])
})

test('a source keeps all that it leaves out', async () => {
  await using history = await testHistory([])
  const [plain] = testPlan().sources
  const more = {
    path: '/',
    excludes: ['*.iso'],
    maxFileBytes: 5e9,
    skipCacheDirs: true,
    oneFileSystem: false,
  }
  const plan = { ...testPlan(), sources: [more, ...(plain === undefined ? [] : [plain])] }
  await history.plans.create(plan)
  expect((await history.plans.get(plan.id)).sources).toEqual([more, plain])
})

test('a plan can be paused and goes on; an unknown one can not', async () => {
  await using history = await testHistory()
  const { id } = testPlan()
  expect(await history.plans.setPaused(id, true)).toEqual({ ...testPlan(), paused: true })
  expect(await history.plans.setPaused(id, true)).toMatchObject({ paused: true })
  expect(await history.plans.setPaused(id, false)).toEqual(testPlan())
  const unknown = PlanId.parse('none')
  await expect(history.plans.setPaused(unknown, true)).rejects.toMatchObject({ code: 'PLAN_UNKNOWN' })
  await expect(history.plans.get(unknown)).rejects.toMatchObject({ code: 'PLAN_UNKNOWN' })
})

test('two plans share a vault, which takes the newest name and place', async () => {
  await using history = await testHistory([testPlan('photos')])
  const moved = { ...testPlan().vault, name: 'disk', place: { kind: 'folder' as const, path: '/mnt/disk' } }
  await history.plans.create({ ...testPlan('music'), vault: Vault.parse(moved) })
  expect((await history.plans.list()).map(({ vault }) => vault)).toEqual([moved, moved])
  expect(await history.vaults.list()).toEqual([moved])
  expect(await history.vaults.get(moved.id)).toEqual(moved)
  expect(await history.vaults.get(VaultId.parse('f'.repeat(32)))).toBeUndefined()
  expect(await history.vaults.lastSeq(VaultId.parse('f'.repeat(32)))).toBe(0)
})

test('a plan that can not be stored leaves nothing, not even its vault', async () => {
  await using history = await testHistory([testPlan('photos')])
  const twice = { ...testPlan('photos', '1'), name: 'Again' }
  await expect(history.plans.create(twice)).rejects.toThrow()
  const cut = { ...testPlan('music', '2'), sources: [{ path: '/etc\0/shadow', excludes: [] }] }
  await expect(history.plans.create(cut)).rejects.toMatchObject({ code: 'INPUT_INVALID' })
  expect(await history.plans.list()).toEqual([testPlan('photos')])
  expect(await history.vaults.list()).toHaveLength(1)
})
