import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PlanId } from '@holdfast/domain'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ownerOf, startTestAgent, type TestAgent, temporaryFolder } from './_test-agent.ts'
import { followEvents, until, writeTree } from './_test-plan.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
const at = (...names: string[]) => join(folder.path, ...names)
beforeEach(async () => {
  folder = await temporaryFolder()
  await mkdir(at('disk'))
  await writeFile(at('rclone.conf'), `[nas]\ntype = alias\nremote = ${at('disk')}\n`)
  await writeTree(at('ann'), {
    '.config/app.toml': 'theme = "dark"',
    'letters/to-bob.txt': 'Dear Bob,',
    'Pictures/sea.jpg': Buffer.alloc(600_000, 'sea'),
  })
})
afterEach(() => folder[Symbol.asyncDispose]())

function startOld(home = 'old-home'): Promise<TestAgent> {
  return startTestAgent({ home: at(home), config: { userRcloneConfig: [at('rclone.conf')] } })
}

/** A machine that has nothing but Holdfast. */
function startNew(): Promise<TestAgent> {
  return startTestAgent({ home: at('new-home') })
}

async function makePlan(agent: TestAgent): Promise<PlanId> {
  const plan = await ownerOf(agent.agent).plan.create.mutate({
    name: 'Home',
    sources: [{ path: at('ann'), excludes: [] }],
    place: { kind: 'remote', remote: 'nas', path: 'vault' },
    passphrase: 'correct horse',
    schedule: { kind: 'cron', cron: '0 2 1 1 *', timeZone: 'Europe/Berlin' },
  })
  return plan.id
}

async function run(agent: TestAgent, planId: PlanId) {
  const api = ownerOf(agent.agent)
  await using events = await followEvents(agent.agent)
  const { id } = await api.run.start.mutate({ planId })
  await until(
    events,
    (event) => event.type === 'run' && event.run.id === id && event.run.state === 'finished',
  )
  const ended = await api.run.get.query({ id })
  if (ended.state !== 'finished') throw new Error('the run goes on')
  return ended
}

async function savedKit(agent: TestAgent): Promise<string> {
  const api = ownerOf(agent.agent)
  const [status] = await api.kit.list.query()
  if (status === undefined) throw new Error('no vault')
  const kit = await api.kit.make.mutate({ vault: status.vault })
  await api.kit.saved.mutate({ vault: kit.vault, made: new Date(kit.made) })
  return kit.text
}

async function restoredAll(agent: TestAgent) {
  const api = ownerOf(agent.agent)
  for (;;) {
    const state = await api.recover.state.query()
    if (!state.restoring) return state
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

type Open = Extract<
  Awaited<ReturnType<ReturnType<typeof ownerOf>['recover']['open']['mutate']>>,
  { kind: 'open' }
>

async function opened(agent: TestAgent, kit: string): Promise<Open> {
  const found = await ownerOf(agent.agent).recover.open.mutate({ kit, passphrase: 'correct horse' })
  if (found.kind !== 'open') throw new Error('it asks for a sign-in')
  return found
}

describe('the last day', () => {
  test('the machine is gone; kit and passphrase bring it back, and its history goes on', {
    timeout: 180_000,
  }, async () => {
    let old = await startOld()
    const planId = await makePlan(old)
    const first = await run(old, planId)
    const kit = await savedKit(old)
    const second = await run(old, planId)
    expect(second).toMatchObject({ outcome: 'complete' })
    await old[Symbol.asyncDispose]()
    // Moved, not copied: SQLite takes its last files away a moment after it was closed.
    await rename(at('old-home'), at('old-copy'))
    await rm(at('rclone.conf'))
    await cp(at('ann'), at('ann-before'), { recursive: true })
    await rm(at('ann'), { recursive: true })

    await using fresh = await startNew()
    const api = ownerOf(fresh.agent)
    expect(await api.recover.state.query()).toMatchObject({ kind: 'empty' })
    await expect(api.recover.open.mutate({ kit, passphrase: 'wrong' })).rejects.toMatchObject({
      data: { code: 'LOCKED' },
    })
    const found = await opened(fresh, kit)
    const [machine] = found.machines
    if (machine === undefined) throw new Error('no machine')
    expect(found).toMatchObject({ place: 'nas:vault', encrypted: true, notes: [] })
    expect(machine).toMatchObject({
      ...{ snapshots: 2, newest: { id: second.summary?.snapshot, files: 3 } },
      plans: [{ name: 'Home', sources: [at('ann')], here: true }],
      remotes: [{ name: 'nas', type: 'alias', refused: null }],
    })

    const { vault } = found
    const mappings = [{ from: at('ann'), to: at('bob') }]
    const back = await api.recover.bring.mutate({
      ...{ vault, writer: machine.writer, how: 'take-over', mappings },
    })
    expect(back).toMatchObject({ runs: 2, newerRuns: 1, notes: [], plans: [{ sources: [at('bob')] }] })
    const runs = await api.run.list.query({ limit: 9 })
    expect(runs.map((each) => each.state === 'finished' && each.summary?.snapshot)).toEqual([
      second.summary?.snapshot,
      first.summary?.snapshot,
    ])
    expect(runs[1]).toEqual(first)

    const [data] = await api.recover.data.query()
    expect(data).toMatchObject({
      ...{ files: 3, sources: [{ label: 'ann', was: at('ann'), here: at('bob') }] },
      stages: [
        { stage: 'settings', paths: ['ann/.config'] },
        { stage: 'documents', paths: ['ann/letters'] },
        { stage: 'media', paths: ['ann/Pictures'] },
      ],
    })
    await api.recover.restore.mutate({ planIds: [planId], targetDir: null, conflict: 'skip' })
    const restored = await restoredAll(fresh)
    expect(restored.restores).toMatchObject([
      { stage: 'settings', restore: { state: 'done', filesDone: 1 } },
      { stage: 'documents', restore: { state: 'done', filesDone: 1 } },
      { stage: 'media', restore: { state: 'done', filesDone: 1 } },
    ])
    expect(await readFile(at('bob', 'letters', 'to-bob.txt'), 'utf8')).toBe('Dear Bob,')
    expect((await readdir(at('bob'), { recursive: true })).sort()).toEqual(
      (await readdir(at('ann-before'), { recursive: true })).sort(),
    )
    expect(restored.waiting).toEqual([{ id: planId, name: 'Home', missing: [] }])
    expect(await api.recover.resume.mutate({})).toMatchObject({ waiting: [] })
    expect(await api.plan.list.query()).toMatchObject([{ id: planId, paused: false }])

    const third = await run(fresh, planId)
    expect(await api.kit.list.query()).toMatchObject([{ savedAt: found.kitMade, outdated: null }])
    expect(third).toMatchObject({ outcome: 'complete', summary: { files: 3 } })
    const [writer, seq] = (second.summary?.snapshot ?? '').split('-')
    expect(third.summary?.snapshot).toBe(`${writer}-${Number(seq) + 1}`)
    // The same content lies there: nothing of it was sent again.
    expect(third.summary?.bytesStored).toBeLessThan(20_000)

    // The machine was not lost after all.
    await mkdir(at('ann'))
    await cp(at('ann-before'), at('ann'), { recursive: true })
    old = await startOld('old-copy')
    await using _woken = old
    const woken = ownerOf(old.agent)
    expect(await run(old, planId)).toMatchObject({ outcome: 'failed', reason: { code: 'TAKEN_OVER' } })
    const home = await woken.home.query({ timeZone: 'UTC' })
    expect(home.verdict).toMatchObject({ state: 'failing', code: 'taken-over' })
    expect(home.plans[0]?.nextDueAt).toBeUndefined()
    await expect(woken.run.start.mutate({ planId })).rejects.toMatchObject({ data: { code: 'TAKEN_OVER' } })
    expect(await run(fresh, planId)).toMatchObject({ outcome: 'complete' })

    // It can be taken back, and then the other one stops.
    await woken.recover.takeOver.mutate({ vault })
    expect(await run(old, planId)).toMatchObject({ outcome: 'complete' })
    expect(await run(fresh, planId)).toMatchObject({ outcome: 'failed', reason: { code: 'TAKEN_OVER' } })
  })

  test('who only reads gets everything back and writes nothing, until it takes over', {
    timeout: 60_000,
  }, async () => {
    const kit = await (async () => {
      await using old = await startOld()
      const planId = await makePlan(old)
      await run(old, planId)
      return await savedKit(old)
    })()
    await using fresh = await startNew()
    const api = ownerOf(fresh.agent)
    const { vault, machines } = await opened(fresh, kit)
    const [machine] = machines
    if (machine === undefined) throw new Error('no machine')
    await api.recover.bring.mutate({ vault, writer: machine.writer, how: 'read-only' })
    await expect(
      api.recover.bring.mutate({ vault, writer: machine.writer, how: 'read-only' }),
    ).rejects.toMatchObject({ data: { code: 'INPUT_INVALID' } })
    await expect(api.recover.open.mutate({ kit, passphrase: 'correct horse' })).rejects.toMatchObject({
      data: { code: 'HOME_NOT_EMPTY' },
    })
    const [plan] = await api.plan.list.query()
    if (plan === undefined) throw new Error('no plan')
    await expect(api.run.start.mutate({ planId: plan.id })).rejects.toMatchObject({
      data: { code: 'READ_ONLY' },
    })
    await expect(api.recover.resume.mutate({})).rejects.toMatchObject({ data: { code: 'READ_ONLY' } })
    await api.recover.restore.mutate({ planIds: [plan.id], targetDir: at('out'), conflict: 'keep-both' })
    await restoredAll(fresh)
    expect(await readFile(at('out', 'home', 'ann', 'letters', 'to-bob.txt'), 'utf8')).toBe('Dear Bob,')
    expect(await api.recover.takeOver.mutate({ vault })).toMatchObject({ how: 'take-over', standings: [] })
    expect(await run(fresh, plan.id)).toMatchObject({ outcome: 'complete' })
  })

  test('a plan in another vault waits for the passphrase of that vault, and goes on with it', {
    timeout: 120_000,
  }, async () => {
    await writeTree(at('books'), { 'novel.txt': 'It was a dark night.' })
    const { kit, second } = await (async () => {
      await using old = await startOld()
      await run(old, await makePlan(old))
      const plan = await ownerOf(old.agent).plan.create.mutate({
        ...{ name: 'Books', sources: [{ path: at('books'), excludes: [] }], passphrase: 'another one' },
        place: { kind: 'remote', remote: 'nas', path: 'second' },
        schedule: { kind: 'cron', cron: '0 2 1 1 *', timeZone: 'Europe/Berlin' },
      })
      await run(old, plan.id)
      const kits = await ownerOf(old.agent).kit.list.query()
      const first = kits.find(({ place }) => place === 'nas:vault')
      if (first === undefined) throw new Error('no vault')
      // The settings that name both plans lie in the first vault since its next run.
      const [home] = (await ownerOf(old.agent).plan.list.query()).filter(({ name }) => name === 'Home')
      if (home !== undefined) await run(old, home.id)
      const made = await ownerOf(old.agent).kit.make.mutate({ vault: first.vault })
      return { kit: made.text, second: plan }
    })()
    await rm(at('books'), { recursive: true })
    await using fresh = await startNew()
    const api = ownerOf(fresh.agent)
    const { vault, machines } = await opened(fresh, kit)
    const [machine] = machines
    if (machine === undefined) throw new Error('no machine')
    await api.recover.bring.mutate({ vault, writer: machine.writer, how: 'take-over' })
    const other = { vault: second.vault.id, place: 'nas:second', encrypted: true, plans: ['Books'] }
    expect(await api.recover.state.query()).toMatchObject({ locked: [other] })
    expect((await api.recover.data.query()).map(({ name }) => name)).toEqual(['Home'])
    expect((await api.recover.resume.mutate({ all: true })).waiting).toMatchObject([{ name: 'Books' }])
    await expect(
      api.recover.unlock.mutate({ vault: second.vault.id, passphrase: 'correct horse' }),
    ).rejects.toMatchObject({ data: { code: 'LOCKED' } })
    const open = await api.recover.unlock.mutate({ vault: second.vault.id, passphrase: 'another one' })
    expect(open).toMatchObject({ locked: [] })
    await api.recover.restore.mutate({ planIds: [second.id], targetDir: null, conflict: 'keep-both' })
    await restoredAll(fresh)
    expect(await readFile(at('books', 'novel.txt'), 'utf8')).toBe('It was a dark night.')
    expect(await api.recover.resume.mutate({})).toMatchObject({ waiting: [] })
    const next = await run(fresh, second.id)
    expect(next).toMatchObject({ outcome: 'complete' })
    expect(next.summary?.snapshot).toMatch(new RegExp(`^${machine.writer}-`))
  })

  test('what is no kit, and a kit that was changed, is refused', async () => {
    await using old = await startOld()
    await makePlan(old)
    const kit = await savedKit(old)
    await using fresh = await startNew()
    const open = (text: string) =>
      ownerOf(fresh.agent).recover.open.mutate({ kit: text, passphrase: 'correct horse' })
    await expect(open('hello')).rejects.toMatchObject({ data: { code: 'KIT_DAMAGED' } })
    await expect(open(kit.replace(/"made": "2/, '"made": "1'))).rejects.toMatchObject({
      data: { code: 'KIT_DAMAGED' },
    })
  })
})

describe('a recovery kit', () => {
  test('home asks for a new one once the passphrase of the vault is another', {
    timeout: 60_000,
  }, async () => {
    await using old = await startOld()
    const api = ownerOf(old.agent)
    const planId = await makePlan(old)
    expect(await api.kit.list.query()).toMatchObject([{ savedAt: null, outdated: null, place: 'nas:vault' }])
    const kit = await savedKit(old)
    expect(kit).not.toContain(at('disk'))
    expect(await run(old, planId)).toMatchObject({ outcome: 'complete' })
    expect(await api.kit.list.query()).toMatchObject([{ outdated: null }])
    const [key = ''] = await readdir(at('disk', 'vault', 'keys'))
    await rm(at('disk', 'vault', 'keys', key))
    await run(old, planId)
    expect(await api.kit.list.query()).toMatchObject([{ outdated: expect.stringContaining('passphrase') }])
    const { verdict } = await api.home.query({ timeZone: 'UTC' })
    expect(verdict).toMatchObject({ state: 'at-risk', code: 'kit-outdated' })
  })
})
