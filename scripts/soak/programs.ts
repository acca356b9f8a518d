import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type FinishedRun, Plan, Run, type RunId } from '@holdfast/domain'
import { AgentFile } from '../../apps/agent/src/agent-file.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')
const CLI = join(ROOT, 'apps', 'cli', 'bin', 'holdfast.mjs')
const AGENT = join(ROOT, 'apps', 'agent', 'src', 'main.ts')

export const PASSPHRASE = 'a passphrase for the soak'

/** Nothing here is big: a command line that takes longer is killed, which its exit code tells. */
const HANGS_AFTER_MS = 120_000
const STOPS_WITHIN_MS = 20_000

/** The command line at work. `phase` is where it last said that it is. */
export type RunningCli = {
  readonly child: ChildProcess
  phase(): string
  /** Resolves with its first word of progress; never when there is none. */
  readonly begun: Promise<void>
  readonly ended: Promise<CliEnd>
}
export type CliEnd = {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly length: Length
}
/** How long something took, and how much of that it was only starting. */
export type Length = { readonly allMs: number; readonly startMs: number }

/** Starts the real program with `dir` as its home's parent and its working directory. */
export function startCli(dir: string, args: readonly string[]): RunningCli {
  const startedMs = performance.now()
  const child = spawn(process.execPath, [CLI, ...args, '--json', '--progress', 'json'], {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C at a terminal is for the soak alone.
    detached: true,
    timeout: HANGS_AFTER_MS,
    killSignal: 'SIGKILL',
    env: { ...environment(dir), HOLDFAST_PASSPHRASE: PASSPHRASE },
  })
  const said = { out: '', err: '' }
  const begun = Promise.withResolvers<void>()
  let begunMs: number | undefined
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text
    begunMs ??= performance.now()
    begun.resolve()
  })
  return {
    child,
    phase: () => phaseIn(said.err),
    begun: begun.promise,
    ended: once(child, 'close').then(([code]) => {
      const allMs = performance.now() - startedMs
      const length = { allMs, startMs: begunMs === undefined ? allMs : begunMs - startedMs }
      return {
        code: typeof code === 'number' ? code : null,
        ...{ stdout: said.out, stderr: said.err, length },
      }
    }),
  }
}

/** An agent in its own process. `ready` resolves when it answers, and rejects when it ends before. */
export type RunningAgent = {
  readonly child: ChildProcess
  readonly ready: Promise<void>
  readonly startedMs: number
  plan(name: string): Promise<Plan>
  start(plan: Plan): Promise<Run>
  run(id: RunId): Promise<Run>
  /** Rejects when it has not ended in a minute. */
  finished(id: RunId): Promise<FinishedRun>
  /** Ends it as a system does, and waits for it. */
  stop(): Promise<void>
}

export function startAgent(dir: string): RunningAgent {
  const startedMs = performance.now()
  const child = spawn(process.execPath, [AGENT], {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...environment(dir), HOLDFAST_PORT: '0', HOLDFAST_KEEP_PROGRAM: '0' },
  })
  const started = Promise.withResolvers<void>()
  // Whoever kills it while it starts waits for no answer.
  started.promise.catch(() => undefined)
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (output.includes('Holdfast is running')) started.resolve()
    })
  child.once('exit', (code, signal) =>
    started.reject(new Error(`the agent ended with ${code ?? signal}: ${output}`)),
  )

  async function call(path: string, input: object | undefined, method: 'GET' | 'POST'): Promise<unknown> {
    const { address, token } = AgentFile.parse(
      JSON.parse(readFileSync(join(dir, 'home', 'agent.json'), 'utf8')),
    )
    const query =
      method === 'GET' && input !== undefined ? `?input=${encodeURIComponent(JSON.stringify(input))}` : ''
    const response = await fetch(`${address}/api/trpc/${path}${query}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(method === 'POST' ? { body: JSON.stringify(input) } : {}),
      signal: AbortSignal.timeout(60_000),
    })
    const answer: unknown = await response.json()
    if (!response.ok) throw new Error(`the agent refused ${path}: ${JSON.stringify(answer)}`)
    return dataOf(answer)
  }
  const run = async (id: RunId) => Run.parse(await call('run.get', { id }, 'GET'))

  return {
    ...{ child, startedMs, ready: started.promise, run },
    async plan(name) {
      const plans = Plan.array().parse(await call('plan.list', undefined, 'GET'))
      const plan = plans.find((known) => known.name === name)
      if (plan === undefined) throw new Error(`the agent has no plan ${name}`)
      return plan
    },
    start: async (plan) => Run.parse(await call('run.start', { planId: plan.id }, 'POST')),
    async finished(id) {
      for (let waitedMs = 0; waitedMs < 60_000; waitedMs += 50) {
        const now = await run(id)
        if (now.state === 'finished') return now
        await wait(50)
      }
      throw new Error(`run ${id} does not end: ${JSON.stringify(await run(id))}\n${output}`)
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      const ended = await Promise.race([gone, wait(STOPS_WITHIN_MS, undefined, { ref: false })])
      if (ended?.[0] === 0) return
      child.kill('SIGKILL')
      throw new Error(`the agent does not end well: ${output}`)
    },
  }
}

/** What a procedure answered, out of the envelope that it comes in. */
function dataOf(answer: unknown): unknown {
  const result =
    typeof answer === 'object' && answer !== null && 'result' in answer ? answer.result : undefined
  return typeof result === 'object' && result !== null && 'data' in result ? result.data : undefined
}

function environment(dir: string): Record<string, string> {
  const { PATH = '', NODE_COMPILE_CACHE } = process.env
  const cache = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }
  return { PATH, HOME: dir, HOLDFAST_HOME: join(dir, 'home'), ...cache }
}

function phaseIn(progress: string): string {
  for (const line of progress.split('\n').slice(0, -1).reverse()) {
    const { type, phase } = JSON.parse(line)
    if (type === 'progress') return typeof phase === 'string' ? phase : 'working'
  }
  return 'starting'
}
