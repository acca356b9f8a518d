import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemClock } from '@holdfast/host'
import { describe, expect, test } from 'vitest'
import { publishAgentFile } from '../src/agent-file.ts'
import { AgentFile } from '../src/start-agent.ts'
import { clientOf, ownerOf, startTestAgent, temporaryFolder, testConfig } from './_test-agent.ts'
import {
  alive,
  bigTree,
  childrenOf,
  followEvents,
  gone,
  makePlan,
  noMoreSlow,
  slowDown,
  until,
  writeTree,
} from './_test-plan.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** Makes its folder again whenever it is gone, as engines do, and small files in it as fast as it can. */
const WRITES_FOR_A_SECOND = `
  const { mkdirSync, writeFileSync } = require('node:fs')
  const end = Date.now() + 1000
  for (let n = 0; Date.now() < end; n += 1) {
    mkdirSync(process.argv[1], { recursive: true })
    try { writeFileSync(process.argv[1] + '/' + n, '') } catch (error) { if (error.code !== 'ENOENT') throw error }
    if (n === 1000) console.log('writing')
  }`

/** An agent in a process of its own, as people start it. Resolves when it has said where it is. */
async function spawnAgent(home: string, args: string[] = []) {
  const child: ChildProcess = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env.PATH, HOLDFAST_HOME: home, HOLDFAST_PORT: '0', HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const started = Promise.withResolvers<void>()
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (output.includes('Holdfast is running')) started.resolve()
    })
  child.once('exit', () => started.reject(new Error(`the agent ended: ${output}`)))
  await started.promise
  const { address, token, pid } = AgentFile.parse(
    JSON.parse(await readFile(join(home, 'agent.json'), 'utf8')),
  )
  const port = Number(new URL(address).port)
  return {
    child,
    pid,
    port,
    token,
    output: () => output,
    api: clientOf({ port }, { authorization: `Bearer ${token}` }),
  }
}

/** A spawned agent in the middle of a run, with the processes that belong to it. */
async function spawnInTheMiddle(root: string) {
  const agent = await spawnAgent(join(root, 'home'))
  await writeTree(join(root, 'source'), bigTree())
  const plan = await makePlan(agent.api, {
    source: join(root, 'source'),
    vault: join(root, 'vault'),
    passphrase: null,
  })
  await slowDown(agent.api)
  await using events = await followEvents(agent)
  const { id } = await agent.api.run.start.mutate({ planId: plan.id })
  await until(events, (event) => event.type === 'progress')
  const engines = await childrenOf(agent.pid, 'holdfast-engine')
  const rclones = await childrenOf(agent.pid, 'rcd')
  expect([engines.length, rclones.length]).toEqual([1, 1])
  return { agent, plan, id, children: [...engines, ...rclones] }
}

describe('an agent that is killed', () => {
  test('leaves no engine and no rclone behind, and the next start settles its run', async () => {
    await using root = await temporaryFolder()
    const { agent, plan, id, children } = await spawnInTheMiddle(root.path)
    agent.child.kill('SIGKILL')
    await once(agent.child, 'exit')

    await using next = await startTestAgent({ home: join(root.path, 'home') })
    const api = ownerOf(next.agent)
    expect(await api.run.get.query({ id })).toMatchObject({ state: 'finished', outcome: 'interrupted' })
    await gone(children)
    await noMoreSlow(api)
    await using events = await followEvents(next.agent)
    const again = await api.run.start.mutate({ planId: plan.id })
    const end = await until(
      events,
      (event) => event.type === 'run' && event.run.id === again.id && event.run.state === 'finished',
    )
    expect(end).toMatchObject({ run: { outcome: 'complete' } })
  })
})

describe('an agent that is stopped', () => {
  test('in the middle of a run ends within ten seconds, with all its processes, and says so of the run', async () => {
    await using root = await temporaryFolder()
    const { agent, id, children } = await spawnInTheMiddle(root.path)
    const asked = performance.now()
    agent.child.kill('SIGTERM')
    const [code] = await once(agent.child, 'exit')
    expect(performance.now() - asked).toBeLessThan(10_000)
    expect([code, children.filter(alive)]).toEqual([0, []])
    await expect(readFile(join(root.path, 'home', 'agent.json'))).rejects.toThrow(/ENOENT/)
    await using next = await startTestAgent({ home: join(root.path, 'home') })
    expect(await ownerOf(next.agent).run.get.query({ id })).toMatchObject({
      outcome: 'interrupted',
      reason: { message: 'Holdfast was stopped on this machine.' },
    })
  })
})

describe('agent.json', () => {
  test.each([
    ['damaged', '{"address": "http'],
    ['of something else', '{"hello": 1}'],
  ])('that is %s hinders neither the end nor the next start', async (_title, text) => {
    await using root = await temporaryFolder()
    const home = join(root.path, 'home')
    {
      await using first = await startTestAgent({ home })
      await writeFile(join(home, 'agent.json'), text)
      expect((await first.send('/api/trpc/device.me')).status).toBe(200)
    }
    await expect(readFile(join(home, 'agent.json'))).rejects.toThrow(/ENOENT/)
    await writeFile(join(home, 'agent.json'), text)
    await using next = await startTestAgent({ home })
    expect((await ownerOf(next.agent).device.me.query()).device).toMatchObject({ role: 'owner' })
  })

  test('of another agent is left to it', async () => {
    await using root = await temporaryFolder()
    const file = join(root.path, 'agent.json')
    const other = { address: 'http://localhost:1', token: 'b'.repeat(43), pid: 1, version: '1' }
    {
      await using _ = await publishAgentFile(root.path, { ...other, token: 'a'.repeat(43) })
      await writeFile(file, JSON.stringify(other))
    }
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(other)
  })
})

describe('starting', () => {
  test('a second agent on the same home is refused, and the first is not disturbed', async () => {
    await using first = await startTestAgent()
    await expect(startTestAgent({ home: first.home })).rejects.toMatchObject({ code: 'HOME_IN_USE' })
    expect((await first.send('/api/trpc/device.me')).status).toBe(200)
  })

  test('a port that is taken is said, and the home is free again', async () => {
    await using root = await temporaryFolder()
    const blocker = createServer().listen(0, '127.0.0.1')
    await once(blocker, 'listening')
    const address = blocker.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const home = join(root.path, 'home')
    await expect(startTestAgent({ home, config: testConfig(home, { port }) })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
    })
    blocker.close()
    await using again = await startTestAgent({ home })
    expect(again.agent.port).toBeGreaterThan(0)
  })

  test('is not hindered by an engine of a killed agent that goes on writing for a moment', async () => {
    await using root = await temporaryFolder()
    const spool = join(root.path, 'home', 'spool', 'run-1')
    const engine = spawn(process.execPath, ['-e', WRITES_FOR_A_SECOND, spool], { stdio: 'pipe' })
    const ended = once(engine, 'exit')
    await once(engine.stdout, 'data')
    {
      await using _ = await startTestAgent({ home: join(root.path, 'home') })
      await ended
    }
    await using _ = await startTestAgent({ home: join(root.path, 'home') })
    expect(existsSync(spool)).toBe(false)
  })

  test('a time that was missed while nothing ran is caught up once', async () => {
    await using root = await temporaryFolder()
    const home = join(root.path, 'home')
    await writeTree(join(root.path, 'source'), { 'a.txt': 'x' })
    const threeDaysMs = 3 * 86_400_000
    const earlier = {
      nowMs: () => systemClock.nowMs() - threeDaysMs,
      nowNs: () => systemClock.nowNs() - BigInt(threeDaysMs) * 1_000_000n,
    }
    {
      await using before = await startTestAgent({ home, overrides: { clock: earlier } })
      await ownerOf(before.agent).plan.create.mutate({
        name: 'Daily',
        sources: [{ path: join(root.path, 'source'), excludes: [] }],
        place: { kind: 'folder', path: join(root.path, 'vault') },
        passphrase: null,
        schedule: { kind: 'cron', cron: '0 2 * * *', timeZone: 'UTC' },
      })
    }
    {
      await using now = await startTestAgent({ home })
      await using events = await followEvents(now.agent)
      const runs = await ownerOf(now.agent).run.list.query({})
      if (runs[0]?.state !== 'finished')
        await until(events, (event) => event.type === 'run' && event.run.state === 'finished')
    }
    await using again = await startTestAgent({ home })
    const runs = await ownerOf(again.agent).run.list.query({})
    expect(runs.map((run) => [run.trigger, run.state === 'finished' && run.outcome])).toEqual([
      ['catch-up', 'complete'],
    ])
    const home2 = await ownerOf(again.agent).home.query({ timeZone: 'UTC' })
    expect(new Date(home2.plans[0]?.nextDueAt ?? 0).getTime()).toBeGreaterThan(systemClock.nowMs())
  })

  test('the demo makes its plan, runs it once and prints address and code', async () => {
    await using root = await temporaryFolder()
    const agent = await spawnAgent(join(root.path, 'home'), ['--demo'])
    try {
      expect(agent.output()).toMatch(/http:\/\/localhost:\d+/)
      await using events = await followEvents(agent)
      const [first] = await agent.api.run.list.query({})
      if (first?.state !== 'finished')
        await until(events, (event) => event.type === 'run' && event.run.state === 'finished')
      const home = await agent.api.home.query({ timeZone: 'UTC' })
      expect(home.verdict).toMatchObject({ state: 'protected', code: 'safe' })
      expect(home.plans[0]).toMatchObject({
        plan: { name: 'Demo', vault: { encrypted: true } },
        lastRun: { trigger: 'demo' },
      })
      expect(agent.output()).toMatch(/One-time code[^\n]*[0-9A-Z]{4}-[0-9A-Z]{4}/)
    } finally {
      agent.child.kill('SIGTERM')
      await once(agent.child, 'exit')
    }
  })
})
