import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { KeepRules, PlanOptions, type Run } from '@holdfast/domain'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ownerOf, startTestAgent, type TestAgent } from './_test-agent.ts'
import { followEvents, makePlan, until, writeTree } from './_test-plan.ts'

let it: TestAgent
beforeEach(async () => {
  it = await startTestAgent()
})
afterEach(() => it[Symbol.asyncDispose]())

async function planWithFiles(name = 'Documents') {
  const source = join(it.home, '..', 'source')
  await writeTree(source, { 'a.txt': 'hello' })
  return makePlan(ownerOf(it.agent), { source, vault: join(it.home, '..', 'vault'), passphrase: null, name })
}

async function runToEnd(planId: Run['planId']): Promise<void> {
  await using events = await followEvents(it.agent)
  const { id } = await ownerOf(it.agent).run.start.mutate({ planId })
  await until(
    events,
    (event) => event.type === 'run' && event.run.id === id && event.run.state === 'finished',
  )
}

describe('a plan', () => {
  test('has an id made from its name, which stays when it is renamed', async () => {
    const api = ownerOf(it.agent)
    const first = await planWithFiles('Büro & Fotos')
    const second = await planWithFiles('Buro, Fotos')
    expect([first.id, second.id]).toEqual(['buro-fotos', 'buro-fotos-2'])
    await expect(planWithFiles('büro & fotos')).rejects.toMatchObject({
      data: { code: 'INPUT_INVALID', fields: { name: ['There is a plan “büro & fotos” already.'] } },
    })
    const renamed = await api.plan.update.mutate({ id: first.id, change: { name: 'Office' } })
    expect(renamed).toMatchObject({ id: 'buro-fotos', name: 'Office' })
  })

  test('changes what is named and leaves the rest', async () => {
    const api = ownerOf(it.agent)
    const plan = await planWithFiles()
    const schedule = { kind: 'cron', cron: '0 3 * * *', timeZone: 'Europe/Berlin' } as const
    const options = PlanOptions.parse({ keep: { daily: 7 } })
    const changed = await api.plan.update.mutate({ id: plan.id, change: { schedule, options } })
    expect(changed).toMatchObject({ name: 'Documents', sources: plan.sources, schedule, options })
    const card = (await api.home.query({ timeZone: 'UTC' })).plans[0]
    expect(card?.nextDueAt).toBeDefined()
    await expect(
      api.plan.update.mutate({
        id: plan.id,
        change: { schedule: { kind: 'cron', cron: '0 0 31 2 *', timeZone: 'UTC' } },
      }),
    ).rejects.toMatchObject({ data: { code: 'SCHEDULE_NEVER' } })
    await expect(
      api.plan.update.mutate({ id: plan.id, change: { sources: [{ path: '/not/there', excludes: [] }] } }),
    ).rejects.toMatchObject({ data: { code: 'SOURCE_MISSING' } })
    expect((await api.plan.list.query())[0]).toEqual(changed)
  })

  test('is copied paused, on the same vault', async () => {
    const api = ownerOf(it.agent)
    const plan = await planWithFiles()
    const copy = await api.plan.duplicate.mutate({ id: plan.id, name: 'Again' })
    expect(copy).toMatchObject({ id: 'again', name: 'Again', paused: true, vault: plan.vault })
    expect(await api.plan.list.query()).toHaveLength(2)
  })

  test('is removed with its runs and snapshots kept, and its id is not given again', async () => {
    const api = ownerOf(it.agent)
    const plan = await planWithFiles()
    await runToEnd(plan.id)
    await api.plan.remove.mutate({ id: plan.id })
    expect(await api.plan.list.query()).toEqual([])
    expect(await api.run.list.query({ limit: 5 })).toMatchObject([{ planId: plan.id, state: 'finished' }])
    await expect(api.run.start.mutate({ planId: plan.id })).rejects.toMatchObject({
      data: { code: 'PLAN_UNKNOWN' },
    })
    expect((await planWithFiles()).id).toBe('documents-2')
  })

  test('whose source is suddenly nearly empty is failing, and forgets nothing, until somebody accepts it', async () => {
    const api = ownerOf(it.agent)
    const files = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${i}.txt`, `file ${i}`]))
    const plan = await planWithFiles()
    await writeTree(join(it.home, '..', 'source'), files)
    await runToEnd(plan.id)
    const options = PlanOptions.parse({ keep: { last: 1 } })
    await api.plan.update.mutate({ id: plan.id, change: { options } })
    for (const name of Object.keys(files)) await rm(join(it.home, '..', 'source', name))
    await runToEnd(plan.id)
    const braked = await api.home.query({ timeZone: 'UTC' })
    expect(braked.verdict).toMatchObject({ state: 'failing', code: 'source-brake' })
    expect(braked.recentRuns[0]).toMatchObject({ outcome: 'complete', reason: { code: 'SOURCE_SUSPECT' } })
    expect(await api.snapshot.list.query({ planId: plan.id })).toHaveLength(2)

    await api.plan.acceptChange.mutate({ id: plan.id })
    expect((await api.home.query({ timeZone: 'UTC' })).verdict.code).toBe('safe')
    await runToEnd(plan.id)
    expect((await api.home.query({ timeZone: 'UTC' })).verdict.code).toBe('safe')
  })

  test('forgets snapshots as its rules say, once a day and after a run, and shows beforehand which', async () => {
    const api = ownerOf(it.agent)
    const plan = await planWithFiles()
    for (const text of ['one', 'two']) {
      await writeTree(join(it.home, '..', 'source'), { 'a.txt': text })
      await runToEnd(plan.id)
    }
    const keep = KeepRules.parse({ last: 1 })
    const preview = await api.plan.previewRetention.query({ id: plan.id, keep, timeZone: 'UTC' })
    expect(preview.map((one) => one.keep)).toEqual([true, false])
    expect(await api.snapshot.list.query({ planId: plan.id })).toHaveLength(2)

    await api.plan.update.mutate({ id: plan.id, change: { options: PlanOptions.parse({ keep }) } })
    await runToEnd(plan.id)
    expect(await api.snapshot.list.query({ planId: plan.id })).toHaveLength(1)
    await runToEnd(plan.id)
    expect(await api.snapshot.list.query({ planId: plan.id })).toHaveLength(2)
  })
})
