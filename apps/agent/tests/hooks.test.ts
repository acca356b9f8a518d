import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Hook, HookCommandId, HookId, PlanOptions, parseHook, Run } from '@holdfast/domain'
import { writeHookCommands } from '@holdfast/host'
import { describe, expect, test } from 'vitest'
import { AgentFile } from '../src/start-agent.ts'
import { clientOf, ownerOf, startTestAgent, temporaryFolder } from './_test-agent.ts'
import { makeDocker } from './_test-docker.ts'
import { makePlan, writeTree } from './_test-plan.ts'

type Api = ReturnType<typeof ownerOf>
const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** An agent with a plan of one small source and the containers web, which runs, and db, which does not. */
async function openAgent() {
  await using stack = new AsyncDisposableStack()
  const { path: root } = stack.use(await temporaryFolder())
  const docker = makeDocker(root, ['web'])
  const it = stack.use(await startTestAgent({ home: join(root, 'home'), config: { path: docker.path } }))
  const api = ownerOf(it.agent)
  await writeTree(join(root, 'source'), { 'a.txt': 'hello' })
  const plan = await makePlan(api, {
    source: join(root, 'source'),
    vault: join(root, 'vault'),
    passphrase: null,
  })
  const owned = stack.move()
  return {
    ...{ root, home: it.home, docker, api, plan, agent: it },
    hooks: (...texts: string[]) => setHooks(api, plan.id, texts),
    run: () => runToEnd(api, plan.id),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

function hooksOf(texts: readonly string[]): Hook[] {
  return texts.map((text) => Hook.parse(parseHook(text)))
}

async function setHooks(api: Api, id: string, texts: readonly string[]) {
  const options = PlanOptions.parse({ hooks: hooksOf(texts) })
  return api.plan.update.mutate({ id, change: { options } })
}

async function runToEnd(api: Api, id: string) {
  const { id: runId } = await api.run.start.mutate({ planId: id })
  return ended(api, runId)
}

async function ended(api: Api, id: string) {
  for (;;) {
    const run = Run.parse(await api.run.get.query({ id }))
    const log = (await api.run.log.query({ id, limit: 500 })).map(({ text }) => text)
    if (run.state === 'finished') return { run, log: log.join('\n') }
    await wait(20)
  }
}

function command(id: string, ...words: string[]) {
  return { id: HookCommandId.parse(id), command: words }
}

const shell = (id: string, script: string) => command(id, 'sh', '-c', script)

describe('the dump of a database', () => {
  test('is in the snapshot under a label that stays, and comes back as a database', async () => {
    await using it = await openAgent()
    const file = join(it.root, 'shop.db')
    makeShop(file)
    await it.hooks(`sqlite:${file}`)
    const { run, log } = await it.run()
    expect({ outcome: run.outcome, reason: run.reason }).toEqual({ outcome: 'complete', reason: null })
    expect(log).toContain(`Dumping SQLite database ${file}.`)

    const [snapshot] = await it.api.snapshot.list.query({ planId: it.plan.id })
    expect([...(snapshot?.labels ?? [])].sort()).toEqual(['database-dumps', 'source'])
    const target = join(it.root, 'back')
    const request = { planId: it.plan.id, snapshot: snapshot?.id ?? '', paths: ['database-dumps'] }
    const { id } = await it.api.restore.start.mutate({ ...request, targetDir: target, conflict: 'keep-both' })
    for (;;) {
      const { state } = await it.api.restore.get.query({ id })
      if (state !== 'running') break
      await wait(20)
    }
    using copy = new DatabaseSync(join(target, 'database-dumps', 'sqlite-shop-db.sqlite'))
    expect(copy.prepare('select count(*) n, sum(price) sum from item').get()).toEqual({ n: 500, sum: 62_250 })

    const folder = join(it.home, 'dumps', it.plan.id, 'database-dumps')
    expect(lstatSync(folder).mode & 0o777).toBe(0o700)
    await it.hooks()
    await it.run()
    expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([])
  })

  test('that fails leaves the last good one in the snapshot, and the run says that it is incomplete', async () => {
    await using it = await openAgent()
    const file = join(it.root, 'shop.db')
    makeShop(file)
    await it.hooks(`sqlite:${file}`)
    await it.run()
    writeFileSync(file, 'spoiled '.repeat(1000))
    const { run, log } = await it.run()
    expect(run).toMatchObject({
      outcome: 'incomplete',
      reason: { code: 'HOOK_FAILED' },
      summary: { files: 2 },
    })
    expect(run.reason?.message).toBe(`Dumping SQLite database ${file} failed: it ended with 1.`)
    expect(log).toContain('file is not a database')
    const home = await it.api.home.query({ timeZone: 'UTC' })
    expect(home.plans[0]?.protection).toMatchObject({ code: 'last-incomplete', sentence: /SQLite database/ })

    await it.hooks(`sqlite:${file},on-failure=stop`)
    const stopped = await it.run()
    expect(stopped.run).toMatchObject({ outcome: 'failed', summary: null, reason: { code: 'HOOK_FAILED' } })
    expect(await it.api.snapshot.list.query({ planId: it.plan.id })).toHaveLength(2)
  })

  test('gets its password sealed, and nobody sees it: not the API, a log, an argument or a file', async () => {
    await using it = await openAgent()
    // Says all that it was given, as a careless program might.
    writeFileSync(
      join(it.root, 'bin/pg_dump'),
      '#!/bin/sh\necho "args: $@; password: $PGPASSWORD" >&2\necho dump\n',
      {
        mode: 0o755,
      },
    )
    const [hook] = hooksOf(['postgresql:shop,user=ann'])
    const planId = it.plan.id
    const password = 'canary-9d2f'
    await it.hooks('postgresql:shop,user=ann')
    await it.api.hook.setPassword.mutate({ planId, hook: hook?.id ?? '', password })
    expect(await it.api.hook.passwords.query({ planId })).toEqual([hook?.id])
    const { run, log } = await it.run()
    expect(run.outcome).toBe('complete')
    expect(log).toContain('postgresql-shop: args: --no-password; password: …')
    const answers = await Promise.all([
      ...[
        it.api.plan.list.query(),
        it.api.hook.passwords.query({ planId }),
        it.api.home.query({ timeZone: 'UTC' }),
      ],
      it.api.audit.list.query({ limit: 100 }),
    ])
    expect(JSON.stringify(answers)).not.toContain(password)
    expect(JSON.stringify(answers)).toContain('plan.hook-password')
    for (const path of filesBelow(it.home)) expect(readFileSync(path).includes(password), path).toBe(false)

    // To another server it does not go along; with other rules it does.
    await it.hooks('postgresql:shop,user=ann,timeout=5min')
    expect(await it.api.hook.passwords.query({ planId })).toEqual([hook?.id])
    await it.hooks('postgresql:shop,user=ann,host=db.example.org')
    expect(await it.api.hook.passwords.query({ planId })).toEqual([])
    await expect(
      it.api.hook.setPassword.mutate({ planId, hook: HookId.parse('other'), password }),
    ).rejects.toMatchObject({ data: { code: 'INPUT_INVALID' } })
  })
})

describe('a container', () => {
  test('is stopped while the source is read, and started again after it', async () => {
    await using it = await openAgent()
    writeHookCommands(it.home, [shell('look', 'docker inspect web')])
    await it.hooks('docker:web', 'docker:db', 'before:look')
    const { run, log } = await it.run()
    expect(run.outcome).toBe('complete')
    expect(it.docker.calls()).toEqual(['stop web', 'start web'])
    expect(log).toMatch(
      /container web is stopped.*container db does not run; it is left so.*look: false.*web is started again/s,
    )
    expect(it.docker.running()).toEqual(['web'])
  })

  test.each(['fails', 'is cancelled', 'meets the end of the agent'])(
    'is started again when the run %s',
    async (what) => {
      await using it = await openAgent()
      writeHookCommands(it.home, [shell('slow', 'echo waits; exec sleep 100'), shell('bad', 'exit 3')])
      const last = what === 'fails' ? 'before:bad,on-failure=stop' : 'before:slow'
      await it.hooks('docker:web', last)
      const { id } = await it.api.run.start.mutate({ planId: it.plan.id })
      if (what === 'fails') {
        const { run } = await ended(it.api, id)
        expect(run.reason?.message).toBe(
          'Running command bad failed: it ended with 3. Nothing was backed up.',
        )
      } else {
        while (!(await it.api.run.log.query({ id, limit: 99 })).some(({ text }) => text.endsWith('waits')))
          await wait(20)
        expect(it.docker.running()).toEqual([])
        if (what === 'is cancelled')
          expect(await it.api.run.cancel.mutate({ id })).toMatchObject({ outcome: 'cancelled' })
        else await it.agent.agent[Symbol.asyncDispose]()
      }
      expect(it.docker.running()).toEqual(['web'])
    },
  )

  test('that an agent stopped before it was killed is started by the next one', async () => {
    await using folder = await temporaryFolder()
    const root = folder.path
    const home = join(root, 'home')
    const docker = makeDocker(root, ['web'])
    const killed = await spawnAgent(home, docker.path)
    writeHookCommands(home, [shell('slow', 'exec sleep 100')])
    await writeTree(join(root, 'source'), { 'a.txt': 'hello' })
    const api = killed.api
    const plan = await makePlan(api, {
      source: join(root, 'source'),
      vault: join(root, 'vault'),
      passphrase: null,
    })
    await setHooks(api, plan.id, ['docker:web', 'before:slow'])
    await api.run.start.mutate({ planId: plan.id })
    while (docker.running().length > 0) await wait(20)
    killed.child.kill('SIGKILL')
    await once(killed.child, 'exit')
    expect(docker.running()).toEqual([])

    await using next = await startTestAgent({ home, config: { path: docker.path } })
    while (docker.running().length === 0) await wait(20)
    while (!next.logs.some(({ text }) => text.includes('web was left stopped'))) await wait(20)
    expect(docker.calls()).toEqual(['stop web', 'start web'])
  })

  test('that is not there is said, and the files are backed up all the same', async () => {
    await using it = await openAgent()
    await it.hooks('docker:no-such')
    const { run, log } = await it.run()
    expect(run).toMatchObject({ outcome: 'incomplete', reason: { code: 'HOOK_FAILED' } })
    expect(run.reason?.message).toBe('Stopping container no-such failed: docker inspect ended with 1.')
    expect(log).toContain('No such container: no-such')
  })
})

describe('a free command', () => {
  test('runs before and after, knows the run, and says what it wants to the log', async () => {
    await using it = await openAgent()
    writeHookCommands(it.home, [shell('tell', 'echo "$HOLDFAST_WHEN $HOLDFAST_PLAN $HOLDFAST_OUTCOME"')])
    await it.hooks('before:tell', 'after:tell')
    const { run, log } = await it.run()
    expect(run.outcome).toBe('complete')
    expect(log).toContain('before-tell: before documents ')
    expect(log).toContain('after-tell: after documents complete')
  })

  test('that fails afterwards, or takes too long, makes the run incomplete', async () => {
    await using it = await openAgent()
    writeHookCommands(it.home, [
      shell('bad', 'exit 9'),
      shell('slow', 'sleep 100'),
      command('none', '/no/program'),
    ])
    await it.hooks('after:bad', 'before:slow,timeout=1s', 'before:none')
    const { run } = await it.run()
    expect(run).toMatchObject({ outcome: 'incomplete', summary: { outcome: 'complete' } })
    expect(run.reason?.message).toBe(
      'Running command slow failed: it took too long and was ended. 2 more failed.',
    )
  })

  test('is chosen by its name alone: the network defines none, and one that is not defined is refused', async () => {
    await using it = await openAgent()
    await expect(it.hooks('before:unknown')).rejects.toMatchObject({
      data: {
        code: 'INPUT_INVALID',
        fields: { 'options.hooks.0.command': [expect.stringContaining('unknown')] },
      },
    })
    writeHookCommands(it.home, [command('known', 'touch', join(it.root, 'proof'))])
    const smuggled = { ...hooksOf(['before:known'])[0], command: 'known', program: ['rm', '-rf', '/'] }
    const options = { ...PlanOptions.parse({}), hooks: [smuggled] }
    await it.api.plan.update.mutate({ id: it.plan.id, change: { options: options as PlanOptions } })
    const [plan] = await it.api.plan.list.query()
    expect(plan?.options.hooks).toEqual(hooksOf(['before:known']))
    const shown = await it.api.hook.commands.query()
    expect(shown).toMatchObject({ file: join(it.home, 'hooks.json'), problem: null })
    expect(shown.commands).toEqual([{ id: 'known', command: ['touch', join(it.root, 'proof')] }])
    await it.run()
    expect(existsSync(join(it.root, 'proof'))).toBe(true)

    // Gone from the machine since: said, and nothing is run in its place.
    rmSync(join(it.home, 'hooks.json'))
    const { run } = await it.run()
    expect(run.reason?.message).toBe(
      'Running command known failed: no command of this name is defined on this machine.',
    )
  })

  test('is not run from a file that others may write', async () => {
    await using it = await openAgent()
    writeHookCommands(it.home, [command('known', 'touch', join(it.root, 'proof'))])
    await it.hooks('before:known')
    const text = readFileSync(join(it.home, 'hooks.json'))
    rmSync(join(it.home, 'hooks.json'))
    writeFileSync(join(it.home, 'hooks.json'), text, { mode: 0o644 })
    const { run } = await it.run()
    expect(run).toMatchObject({ outcome: 'incomplete', reason: { message: /open to other users/ } })
    expect(existsSync(join(it.root, 'proof'))).toBe(false)
    expect((await it.api.hook.commands.query()).problem?.message).toMatch(/open to other users/)
  })
})

function makeShop(file: string): void {
  using database = new DatabaseSync(file)
  database.exec(`create table item (id integer primary key, price int);
    with recursive n(i) as (select 0 union all select i + 1 from n where i < 499) insert into item select i + 1, i / 2 from n`)
}

function filesBelow(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

async function spawnAgent(home: string, path: string) {
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const child: ChildProcess = spawn(process.execPath, [MAIN], {
    env: { PATH: path, HOLDFAST_HOME: home, HOLDFAST_PORT: '0', HOLDFAST_KEEP_PROGRAM: '0', HOME: home },
    stdio: 'ignore',
  })
  const file = join(home, 'agent.json')
  while (!existsSync(file)) await wait(20)
  const { address, token } = AgentFile.parse(JSON.parse(readFileSync(file, 'utf8')))
  return {
    child,
    api: clientOf({ port: Number(new URL(address).port) }, { authorization: `Bearer ${token}` }),
  }
}
