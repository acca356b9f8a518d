import { readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { PlanId } from '@holdfast/domain'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ownerOf, startTestAgent, type TestAgent } from './_test-agent.ts'
import {
  bigTree,
  childrenOf,
  followEvents,
  makePlan,
  noMoreSlow,
  slowDown,
  until,
  writeTree,
} from './_test-plan.ts'

type Api = ReturnType<typeof ownerOf>
let it: TestAgent
beforeEach(async () => {
  it = await startTestAgent()
})
afterEach(() => it[Symbol.asyncDispose]())

async function runToEnd(planId: Parameters<Api['run']['start']['mutate']>[0]['planId']) {
  const api = ownerOf(it.agent)
  await using events = await followEvents(it.agent)
  const { id } = await api.run.start.mutate({ planId })
  await until(
    events,
    (event) => event.type === 'run' && event.run.id === id && event.run.state === 'finished',
  )
  return api.run.get.query({ id })
}

const plan404 = PlanId.parse('none')

async function filesOf(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(files.map((file) => readFile(file, 'latin1')))
}

/** Arguments and environments of everything below this process. */
async function commandLines(): Promise<string> {
  const pids = [...(await childrenOf(process.pid, '')), process.pid]
  const texts = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return texts.join('\n')
}

/** The engine's title replaces its command line. */
async function enginePid(): Promise<number> {
  const [pid] = await childrenOf(process.pid, 'holdfast-engine')
  if (pid === undefined) throw new Error('no engine')
  return pid
}

describe('a run', () => {
  test('goes from the button to a snapshot, seen live, and its files come back', async () => {
    const api = ownerOf(it.agent)
    const source = join(it.home, '..', 'source')
    await writeTree(source, { 'a.txt': 'hello', 'deep/b.bin': Buffer.alloc(300_000, 7), 'deep/empty': '' })
    const plan = await makePlan(api, {
      source,
      vault: join(it.home, '..', 'vault'),
      passphrase: 'correct horse',
    })
    expect((await api.home.query({ timeZone: 'UTC' })).verdict.code).toBe('never-ran')

    await using events = await followEvents(it.agent)
    const queued = await api.run.start.mutate({ planId: plan.id })
    const finished = await until(events, (event) => event.type === 'run' && event.run.state === 'finished')
    expect(finished).toMatchObject({ run: { id: queued.id, outcome: 'complete', reason: null } })
    const types = events.seen.map((event) => (event.type === 'run' ? event.run.state : event.type))
    expect(types.slice(0, 4)).toEqual(['hello', 'queued', 'running', 'log'])
    expect(types).toContain('progress')

    const run = await api.run.get.query({ id: queued.id })
    expect(run).toMatchObject({ state: 'finished', trigger: 'cli', proof: { mismatches: 0 } })
    expect((await api.run.log.query({ id: queued.id })).length).toBeGreaterThan(0)
    const home = await api.home.query({ timeZone: 'UTC' })
    expect(home.verdict).toMatchObject({ state: 'protected', code: 'safe' })
    expect(home.plans[0]?.strip.at(-1)).toMatchObject({ outcome: 'complete', runs: 1 })

    const [snapshot] = await api.snapshot.list.query({ planId: plan.id })
    expect(snapshot).toMatchObject({ outcome: 'complete', plan: 'documents', labels: ['source'] })
    if (snapshot === undefined) throw new Error('no snapshot')
    const place = { planId: plan.id, snapshot: snapshot.id }
    const top = await api.snapshot.browse.query({ ...place, path: '' })
    expect(top.entries.map(({ path, kind }) => [path, kind])).toEqual([['source', 'dir']])
    const inside = await api.snapshot.browse.query({ ...place, path: 'source' })
    expect(inside.entries.map(({ name }) => name)).toEqual(['a.txt', 'deep'])

    const targetDir = join(it.home, '..', 'out')
    const restore = await api.restore.start.mutate({ ...place, paths: [], targetDir })
    await until(events, (event) => event.type === 'restore' && event.restore.state !== 'running')
    expect(await api.restore.get.query({ id: restore.id })).toMatchObject({
      state: 'done',
      error: null,
      skipped: [],
    })
    expect(await readFile(join(targetDir, 'source/a.txt'), 'utf8')).toBe('hello')
    expect(await readFile(join(targetDir, 'source/deep/b.bin'))).toEqual(Buffer.alloc(300_000, 7))
  })

  test('can be cancelled: it is cancelled only when engine and transfers have stopped, and the next one works', async () => {
    const api = ownerOf(it.agent)
    const source = join(it.home, '..', 'source')
    await writeTree(source, bigTree())
    const plan = await makePlan(api, { source, vault: join(it.home, '..', 'vault'), passphrase: null })
    await slowDown(api)
    await using events = await followEvents(it.agent)
    const { id } = await api.run.start.mutate({ planId: plan.id })
    await expect(api.run.start.mutate({ planId: plan.id })).rejects.toMatchObject({
      data: { code: 'PLAN_RUNNING' },
    })
    await until(events, (event) => event.type === 'progress')
    const cancelled = await api.run.cancel.mutate({ id })
    expect(cancelled).toMatchObject({
      state: 'finished',
      outcome: 'cancelled',
      reason: { code: 'CANCELLED' },
    })
    await expect(api.run.cancel.mutate({ id })).rejects.toMatchObject({ data: { code: 'RUN_NOT_RUNNING' } })
    expect(await api.snapshot.list.query({ planId: plan.id })).toEqual([])
    await noMoreSlow(api)
    expect(await runToEnd(plan.id)).toMatchObject({ outcome: 'complete' })
  })

  test('whose engine is killed is interrupted, and the next one works', async () => {
    const api = ownerOf(it.agent)
    const source = join(it.home, '..', 'source')
    await writeTree(source, bigTree())
    const plan = await makePlan(api, {
      source,
      vault: join(it.home, '..', 'vault'),
      passphrase: 'correct horse',
    })
    await slowDown(api)
    await using events = await followEvents(it.agent)
    const { id } = await api.run.start.mutate({ planId: plan.id })
    await until(events, (event) => event.type === 'progress')
    process.kill(await enginePid(), 'SIGKILL')
    await until(
      events,
      (event) => event.type === 'run' && event.run.id === id && event.run.state === 'finished',
    )
    const run = await api.run.get.query({ id })
    expect(run).toMatchObject({ outcome: 'interrupted', reason: { code: 'ENGINE_DIED' } })
    await noMoreSlow(api)
    expect(await runToEnd(plan.id)).toMatchObject({ outcome: 'complete' })
  })

  test('of a source that is gone fails with its name', async () => {
    const api = ownerOf(it.agent)
    const source = join(it.home, '..', 'source')
    await writeTree(source, { 'a.txt': 'x' })
    const plan = await makePlan(api, { source, vault: join(it.home, '..', 'vault'), passphrase: null })
    await rename(source, `${source}-gone`)
    expect(await runToEnd(plan.id)).toMatchObject({ outcome: 'failed', reason: { code: 'SOURCE_MISSING' } })
  })

  test('whose rclone dies fails with that reason, rclone is started again, and the next one works', async () => {
    const api = ownerOf(it.agent)
    const source = join(it.home, '..', 'source')
    await writeTree(source, bigTree())
    const plan = await makePlan(api, {
      source,
      vault: join(it.home, '..', 'vault'),
      passphrase: 'correct horse',
    })
    await slowDown(api)
    await using events = await followEvents(it.agent)
    const { id } = await api.run.start.mutate({ planId: plan.id })
    await until(events, (event) => event.type === 'progress')
    const [rclone] = await childrenOf(process.pid, 'rcd')
    if (rclone === undefined) throw new Error('no rclone was found')
    process.kill(rclone, 'SIGKILL')
    await until(
      events,
      (event) => event.type === 'run' && event.run.id === id && event.run.state === 'finished',
    )
    expect(await api.run.get.query({ id })).toMatchObject({
      outcome: 'failed',
      reason: { code: 'RCLONE_DIED' },
    })
    await noMoreSlow(api)
    expect(await runToEnd(plan.id)).toMatchObject({ outcome: 'complete' })
    expect(await api.snapshot.list.query({ planId: plan.id })).toHaveLength(1)
  })

  test('is cancelled also while rclone hangs, and the next one works', async () => {
    const api = ownerOf(it.agent)
    const source = join(it.home, '..', 'source')
    await writeTree(source, bigTree())
    const plan = await makePlan(api, { source, vault: join(it.home, '..', 'vault'), passphrase: null })
    await slowDown(api)
    await using events = await followEvents(it.agent)
    const { id } = await api.run.start.mutate({ planId: plan.id })
    await until(events, (event) => event.type === 'progress')
    const [rclone = 0] = await childrenOf(process.pid, 'rcd')
    process.kill(rclone, 'SIGSTOP')
    try {
      expect(await api.run.cancel.mutate({ id })).toMatchObject({ outcome: 'cancelled' })
    } finally {
      process.kill(rclone, 'SIGCONT')
    }
    await noMoreSlow(api)
    expect(await runToEnd(plan.id)).toMatchObject({ outcome: 'complete' })
  })

  test('that restored no file is not said to be proven', async () => {
    const api = ownerOf(it.agent)
    const source = join(it.home, '..', 'source')
    // Files of many pieces only, which are not as easily restored as small ones.
    const big = Object.entries(bigTree()).slice(0, 2)
    await writeTree(source, Object.fromEntries(big))
    const plan = await makePlan(api, { source, vault: join(it.home, '..', 'vault'), passphrase: null })
    const run = await runToEnd(plan.id)
    const { verdict } = await api.home.query({ timeZone: 'UTC' })
    const proven = run.state === 'finished' && run.proof !== null && run.proof.files > 0
    expect([run.state === 'finished' && run.proof === null, verdict.code]).toEqual(
      proven ? [false, 'safe'] : [true, 'proof-missing'],
    )
  })

  test('lets the log lines of runs go that are older than ninety days', async () => {
    const api = ownerOf(it.agent)
    const source = join(it.home, '..', 'source')
    await writeTree(source, { 'a.txt': 'x' })
    const plan = await makePlan(api, { source, vault: join(it.home, '..', 'vault'), passphrase: null })
    const first = await runToEnd(plan.id)
    const second = await runToEnd(plan.id)
    const old = new Date(Date.now() - 91 * 24 * 3600_000).toISOString().replace('Z', '+00:00')
    using database = new DatabaseSync(join(it.home, 'holdfast.db'))
    database.prepare('UPDATE run SET finishedAt = ? WHERE id = ?').run(old, first.id)
    await runToEnd(plan.id)
    expect(await api.run.log.query({ id: first.id })).toEqual([])
    expect(await api.run.log.query({ id: second.id })).not.toEqual([])
    expect(await api.run.get.query({ id: first.id })).toMatchObject({ outcome: 'complete' })
  })

  test('of another plan in the same vault waits for its turn, and both leave their snapshots', async () => {
    const api = ownerOf(it.agent)
    const vault = join(it.home, '..', 'vault')
    const sources = [join(it.home, '..', 'one'), join(it.home, '..', 'two')]
    for (const source of sources) await writeTree(source, { 'a.txt': source })
    const plans = []
    for (const source of sources)
      plans.push(await makePlan(api, { source, vault, passphrase: 'correct horse', name: source.slice(-3) }))
    await using events = await followEvents(it.agent)
    await Promise.all(plans.map((plan) => api.run.start.mutate({ planId: plan.id })))
    for (const _ of plans)
      await until(events, (event) => event.type === 'run' && event.run.state === 'finished')
    const runs = await api.run.list.query({})
    expect(runs.map((run) => run.state === 'finished' && run.outcome)).toEqual(['complete', 'complete'])
    const snapshots = await api.snapshot.list.query({ planId: plans[0]?.id ?? plan404 })
    expect(snapshots.map(({ plan }) => plan).sort()).toEqual(['one', 'two'])
  })

  test('leaves no secret in the home but sealed, and none in an argument list or an answer', async () => {
    const api = ownerOf(it.agent)
    const source = join(it.home, '..', 'source')
    await writeTree(source, { 'a.txt': 'x' })
    const passphrase = 'canary-passphrase-7431'
    const plan = await makePlan(api, { source, vault: join(it.home, '..', 'vault'), passphrase })
    await runToEnd(plan.id)
    const answers = [
      await api.home.query({ timeZone: 'UTC' }),
      await api.run.list.query({}),
      await api.setup.remotes.query(),
    ]
    const configKey = (await readFile(join(it.home, 'config.key'), 'utf8')).trim()
    const places = [
      JSON.stringify(answers),
      JSON.stringify(it.logs),
      await commandLines(),
      ...(await filesOf(it.home)),
    ]
    for (const text of places) {
      expect(text).not.toContain(passphrase)
      if (text !== `${configKey}\n`) expect(text).not.toContain(configKey)
    }
    for (const name of ['rclone.conf', 'secrets.conf'])
      expect(await readFile(join(it.home, name), 'utf8')).toContain('RCLONE_ENCRYPT_V0')
    expect(await api.setup.remotes.query()).toEqual([])
  })
})

describe('making a plan', () => {
  const ask = async (change: Record<string, unknown>) => {
    const source = join(it.home, '..', 'source')
    await writeTree(source, { 'a.txt': 'x' })
    const base = {
      name: 'Documents',
      sources: [{ path: source, excludes: [] }],
      place: { kind: 'folder' as const, path: join(it.home, '..', 'vault') },
      passphrase: 'correct horse',
      schedule: { kind: 'manual' as const },
    }
    return ownerOf(it.agent).plan.create.mutate({ ...base, ...change })
  }

  test('over things that are not a vault is refused, and nothing of it is kept', async () => {
    await writeTree(join(it.home, '..', 'vault'), { 'letter.txt': 'mine' })
    await expect(ask({})).rejects.toMatchObject({ data: { code: 'PLACE_NOT_EMPTY' } })
    expect(await ownerOf(it.agent).plan.list.query()).toEqual([])
    expect(await ownerOf(it.agent).setup.remotes.query()).toEqual([])
  })

  test('on a vault that is there asks for its passphrase, and takes the right one', async () => {
    await ask({})
    await expect(ask({ name: 'Again', passphrase: 'wrong horse' })).rejects.toMatchObject({
      data: { code: 'LOCKED' },
    })
    await expect(ask({ name: 'Again', passphrase: null })).rejects.toMatchObject({
      data: { code: 'PASSPHRASE_MISSING' },
    })
    expect(await ask({ name: 'Again' })).toMatchObject({ name: 'Again', vault: { encrypted: true } })
  })

  test('says what is wrong with its schedule, source, remote or places', async () => {
    const cases: [Record<string, unknown>, string][] = [
      [{ schedule: { kind: 'cron', cron: '0 0 31 2 *', timeZone: 'UTC' } }, 'SCHEDULE_NEVER'],
      [{ schedule: { kind: 'cron', cron: 'whenever', timeZone: 'UTC' } }, 'SCHEDULE_NEVER'],
      [{ sources: [{ path: '/nowhere/at/all', excludes: [] }] }, 'SOURCE_MISSING'],
      [{ place: { kind: 'remote', remote: 'nas', path: 'vault' } }, 'REMOTE_UNKNOWN'],
      [{ place: { kind: 'remote', remote: 'hf-01234567', path: '' } }, 'REMOTE_REFUSED'],
      [{ place: { kind: 'folder', path: join(it.home, '..') } }, 'INPUT_INVALID'],
    ]
    for (const [change, code] of cases) await expect(ask(change)).rejects.toMatchObject({ data: { code } })
  })
})
