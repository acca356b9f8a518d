// `npm run bench:load`: twenty devices on live streams and 200 status queries a second, first while nothing else happens,
// then while a backup runs at full speed; then what the agent takes by itself, a minute after its third run.
import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { AgentFile } from '../apps/agent/src/agent-file.ts'
import { clientOf } from '../apps/agent/tests/_test-agent.ts'
import type { LoadOrder, LoadReport } from './load-client.ts'

const { values: options } = parseArgs({
  options: {
    ...{ devices: { type: 'string', default: '20' }, rate: { type: 'string', default: '200' } },
    ...{ files: { type: 'string', default: '30000' }, calm: { type: 'string', default: '10' } },
    ...{ settle: { type: 'string', default: '60' }, idle: { type: 'string', default: '60' } },
    json: { type: 'boolean', default: false },
  },
})
const ROOT = resolve(import.meta.dirname, '..')
const FILE_BYTES = 32 * 1024

const dir = mkdtempSync(join(tmpdir(), 'holdfast-load-'))
const home = join(dir, 'home')
try {
  await measure()
} finally {
  rmSync(dir, { recursive: true, force: true })
}

async function measure(): Promise<void> {
  const source = join(dir, 'source')
  writeTree(source, Number(options.files))
  await using agent = await startAgent()
  const api = clientOf(agent.file, { authorization: `Bearer ${agent.file.token}` })
  const cookies: string[] = []
  for (let i = 0; i < Number(options.devices); i += 1) cookies.push(await pair(agent.file, `Phone ${i + 1}`))
  const plan = await api.plan.create.mutate({
    ...{ name: 'Load', sources: [{ path: source, excludes: [] }], passphrase: 'a passphrase for measuring' },
    ...{ place: { kind: 'folder', path: join(dir, 'vault') }, schedule: { kind: 'manual' } },
  })
  const order: LoadOrder = { port: agent.file.port, cookies, perSecond: Number(options.rate) }

  const calm = await underLoad(order, agent.pid, () => wait(Number(options.calm) * 1000))
  const niceness = new Map<string, string>()
  const run = async () => {
    const { id } = await api.run.start.mutate({ planId: plan.id })
    for (;;) {
      for (const [name, values] of nicenessBelow(agent.pid)) niceness.set(name, values)
      const found = await api.run.get.query({ id })
      if (found.state === 'finished' && found.outcome === 'complete') return
      if (found.state === 'finished') throw new Error(`The run ended ${found.outcome}.`)
      await wait(500)
    }
  }
  const busy = await underLoad(order, agent.pid, run)
  await run()
  await run()
  await wait(Number(options.settle) * 1000)
  const memory = memoryOf(agent.pid)
  const [begunMs, begunCpu] = [performance.now(), cpuSecondsOf(agent.pid)]
  await wait(Number(options.idle) * 1000)
  const idleShare = (cpuSecondsOf(agent.pid) - begunCpu) / ((performance.now() - begunMs) / 1000)
  const result = {
    ...{ devices: cookies.length, perSecond: order.perSecond, cores: availableParallelism() },
    ...{ pinned: pinning() !== undefined, niceness: Object.fromEntries(niceness) },
    ...{ calm, busy, memory, idleShare: round(idleShare, 4) },
  }
  console.log(options.json ? JSON.stringify(result, undefined, 2) : tableOf(result))
}

type Loaded = {
  seconds: number
  queries: number
  failed: number
  events: number
  p50Ms: number
  p95Ms: number
  p99Ms: number
  /** Of the agent's process alone, for each second. */
  agentCpu: number
  clientCpu: number
}

/** What the queries took while `work` was done. */
async function underLoad(order: LoadOrder, pid: number, work: () => Promise<unknown>): Promise<Loaded> {
  const client: ChildProcess = fork(join(ROOT, 'scripts/load-client.ts'), { execArgv: [] })
  const pinned = pinning()
  if (pinned !== undefined)
    execFileSync('taskset', ['-a', '-c', '-p', pinned, String(client.pid)], { stdio: 'ignore' })
  client.send(order)
  // Its first queries open what later ones use; they count all the same.
  const [begunMs, begunCpu] = [performance.now(), cpuSecondsOf(pid)]
  await work()
  const seconds = (performance.now() - begunMs) / 1000
  const agentCpu = (cpuSecondsOf(pid) - begunCpu) / seconds
  client.send('stop')
  const [answer]: LoadReport[] = await Promise.race([
    once(client, 'message'),
    once(client, 'exit').then(() => Promise.reject(new Error('The load client died.'))),
  ])
  if (answer === undefined) throw new Error('The load client said nothing.')
  const took = answer.tookMs.toSorted((a, b) => a - b)
  const at = (share: number) => round(took[Math.floor(took.length * share)] ?? Number.NaN, 1)
  return {
    ...{ seconds: round(seconds, 1), queries: took.length, failed: answer.failed, events: answer.events },
    ...{ p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99), agentCpu: round(agentCpu, 2) },
    clientCpu: round(answer.cpuSeconds / seconds, 2),
  }
}

/** Files of random bytes, which neither shrink nor repeat: all the work that a backup can have. */
function writeTree(source: string, files: number): void {
  const bytes = Buffer.alloc(FILE_BYTES)
  for (let i = 0; i < files; i += 1) {
    const folder = join(source, `folder-${Math.floor(i / 200)}`)
    if (i % 200 === 0) mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `file-${i}`), randomFillSync(bytes))
  }
}

/** The agent as `npm start` runs it, flags and all. */
async function startAgent() {
  const child = spawn(process.execPath, ['--max-semi-space-size=2', join(ROOT, 'apps/agent/src/main.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...{ PATH: process.env.PATH, HOME: dir, HOLDFAST_HOME: home, HOLDFAST_PORT: '0' },
      ...{ HOLDFAST_SERVICE: 'off', HOLDFAST_KEEP_PROGRAM: '0' },
      ...{ MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072' },
    },
  })
  const gone = once(child, 'exit')
  while (!existsSync(join(home, 'agent.json'))) {
    if (child.exitCode !== null) throw new Error('The agent did not start.')
    await wait(50)
  }
  const file = AgentFile.parse(JSON.parse(readFileSync(join(home, 'agent.json'), 'utf8')))
  return {
    file: { ...file, port: Number(new URL(file.address).port) },
    pid: file.pid,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await gone
    },
  }
}

async function pair(agent: { port: number; token: string }, name: string): Promise<string> {
  const { code } = await clientOf(agent, { authorization: `Bearer ${agent.token}` }).device.issueCode.mutate({
    role: 'viewer',
  })
  const answer = await fetch(`http://127.0.0.1:${agent.port}/api/trpc/device.pair`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code, name }),
  })
  if (answer.status === 429) {
    // Ten codes may be tried a minute.
    await wait(10_000)
    return await pair(agent, name)
  }
  if (!answer.ok) throw new Error(`${name} was not paired: ${await answer.text()}`)
  return answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

/** The last core, for the client: what it takes shall not move about. */
function pinning(): string | undefined {
  const cores = availableParallelism()
  return cores > 1 && existsSync('/usr/bin/taskset') ? String(cores - 1) : undefined
}

/** How far the children of a process give way, by their names: the least and the most of their threads. */
function nicenessBelow(pid: number): [string, string][] {
  return readdirSync('/proc').flatMap((name): [string, string][] => {
    if (!/^\d+$/.test(name)) return []
    try {
      const stat = fieldsOf(`/proc/${name}/stat`)
      // Before it has given itself its name, and given way, the engine is called like this.
      if (stat.parent !== pid || stat.name === 'MainThread') return []
      const values = readdirSync(`/proc/${name}/task`).map(
        (task) => fieldsOf(`/proc/${name}/task/${task}/stat`).nice,
      )
      return [[stat.name, `${Math.min(...values)} to ${Math.max(...values)}`]]
    } catch {
      // Gone while we looked.
      return []
    }
  })
}

function fieldsOf(stat: string) {
  const text = readFileSync(stat, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const number = (i: number) => Number(fields[i - 3])
  return {
    name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')),
    ...{ parent: number(4), ticks: number(14) + number(15), nice: number(19) },
  }
}

function cpuSecondsOf(pid: number): number {
  return fieldsOf(`/proc/${pid}/stat`).ticks / 100
}

/** Megabytes in memory: its own, and files that it may share with others. */
function memoryOf(pid: number) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const megabytes = (name: string) =>
    Math.round((Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]) * 1024) / 1e6)
  return {
    rss: megabytes('VmRSS'),
    own: megabytes('RssAnon'),
    files: megabytes('RssFile'),
    peak: megabytes('VmHWM'),
  }
}

function tableOf(result: {
  calm: Loaded
  busy: Loaded
  memory: ReturnType<typeof memoryOf>
  idleShare: number
  niceness: Record<string, string>
  devices: number
  perSecond: number
  pinned: boolean
}): string {
  const { calm, busy, memory } = result
  const row = (name: string, of: (loaded: Loaded) => string | number) =>
    `| ${name} | ${of(calm)} | ${of(busy)} |`
  return [
    `${result.devices} live streams, ${result.perSecond} status queries a second; client ${result.pinned ? '' : 'not '}pinned`,
    '',
    '|  | nothing else | during a backup |',
    '| --- | --- | --- |',
    row('queries, failed', ({ queries, failed, seconds }) => `${queries}, ${failed} in ${seconds} s`),
    row('p50', ({ p50Ms }) => `${p50Ms} ms`),
    row('p95', ({ p95Ms }) => `${p95Ms} ms`),
    row('p99', ({ p99Ms }) => `${p99Ms} ms`),
    row('CPU, agent', ({ agentCpu }) => `${Math.round(agentCpu * 100)} %`),
    row('CPU, client', ({ clientCpu }) => `${Math.round(clientCpu * 100)} %`),
    row('events', ({ events }) => events),
    '',
    `nice: ${Object.entries(result.niceness)
      .map(([name, values]) => `${name} ${values}`)
      .join(', ')}`,
    `agent after three runs: ${memory.rss} MB (own ${memory.own}, files ${memory.files}; peak ${memory.peak}), idle ${(result.idleShare * 100).toFixed(2)} % of a core`,
  ].join('\n')
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits
}
