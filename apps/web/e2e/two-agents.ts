import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'

const AGENT = resolve(import.meta.dirname, '../../agent/tests/_shifted-agent.ts')
const WEB = resolve(import.meta.dirname, '../out')
const Started = z.object({ port: z.number(), token: z.string() })

/** An agent of a machine of its own, whose clock a test can move. */
export type MachineAgent = {
  readonly address: string
  /** Asks it as its machine's own command line does. */
  ask(path: string, input?: object): Promise<unknown>
  /** A plan with one run that is complete. */
  backUp(name: string): Promise<void>
  /** Moves its clock, counted from the real time. */
  shift(ms: number): Promise<void>
  stop(): Promise<void>
}

/** Two machines that can find each other; only the second serves its network, and both hear nothing but each other. */
export async function startTwoAgents(): Promise<
  AsyncDisposable & { readonly laptop: MachineAgent; readonly nas: MachineAgent }
> {
  const root = await mkdtemp(join(tmpdir(), 'holdfast-two-'))
  const multicast = randomInt(20_000, 32_000)
  const started: MachineAgent[] = []
  const start = async (machine: string, on: boolean) => {
    const it = await startMachine(join(root, machine), machine, {
      webDir: WEB,
      dnsSd: { announce: on, port: multicast, listenMs: 600 },
      lan: { on, bind: '127.0.0.1', port: 0, onboardingPort: 0, hostName: machine },
    })
    started.push(it)
    return it
  }
  const end = async () => {
    await Promise.all(started.map((one) => one.stop()))
    await rm(root, { recursive: true, force: true })
  }
  try {
    const [laptop, nas] = await Promise.all([start('laptop', false), start('nas', true)])
    return { laptop, nas, [Symbol.asyncDispose]: end }
  } catch (error) {
    await end()
    throw error
  }
}

async function startMachine(dir: string, machine: string, config: object): Promise<MachineAgent> {
  const home = join(dir, 'home')
  const shiftFile = join(dir, 'shift')
  await mkdir(home, { recursive: true, mode: 0o700 })
  const identity = { version: 1, machine, writer: id(8), installation: id(16) }
  await writeFile(join(home, 'machine.json'), JSON.stringify(identity), { mode: 0o600 })
  await writeFile(shiftFile, '0')
  const child = spawn(process.execPath, [AGENT, home, shiftFile, JSON.stringify(config)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const { port, token } = await firstLine(child)
  const address = `http://localhost:${port}`
  const ask = async (path: string, input?: object): Promise<unknown> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const init = input === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(input) }
    const answer: unknown = await (await fetch(`${address}/api/trpc/${path}`, init)).json()
    return z.object({ result: z.object({ data: z.unknown().optional() }) }).parse(answer).result.data
  }
  return {
    ...{ address, ask },
    async backUp(name) {
      const source = join(dir, name)
      await mkdir(source)
      await writeFile(join(source, 'letter.txt'), 'Dear Ada,\n')
      const plan = await ask('plan.create', {
        ...{ name, passphrase: null, sources: [{ path: source, excludes: [] }] },
        ...{ place: { kind: 'folder', path: join(dir, 'vault') }, schedule: { kind: 'manual' } },
      })
      const run = await ask('run.start', { planId: z.object({ id: z.string() }).parse(plan).id })
      const input = encodeURIComponent(JSON.stringify({ id: z.object({ id: z.string() }).parse(run).id }))
      const state = async () =>
        z.object({ state: z.string() }).parse(await ask(`run.get?input=${input}`)).state
      while ((await state()) !== 'finished') await new Promise((done) => setTimeout(done, 50))
    },
    shift: (ms) => writeFile(shiftFile, String(ms)),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
    },
  }
}

async function firstLine(child: ChildProcess): Promise<z.infer<typeof Started>> {
  if (child.stdout === null) throw new Error('it has no output')
  const died = once(child, 'exit').then(() => {
    throw new Error('the agent did not start')
  })
  const [line] = await Promise.race([once(child.stdout, 'data'), died])
  return Started.parse(JSON.parse(String(line)))
}

function id(digits: number): string {
  return Array.from({ length: digits }, () => randomInt(16).toString(16)).join('')
}
