import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

/**
 * An agent as `npm start -- --demo` runs it, on a free port, for a person of its own who has a folder `Documents`.
 * Disposing ends it and removes all that it made.
 */
export type DemoAgent = AsyncDisposable & {
  readonly address: string
  readonly home: string
  /** The person's own folder, `HOME`. */
  readonly person: string
  /** The page that pairs the browser which opens it. */
  readonly pairLink: string
  /** Ends the agent as Ctrl-C does and resolves when it is gone; the home stays. */
  stop(): Promise<void>
  /** Ends it and starts it again on the same port and home, as after an upgrade; resolves when it serves. */
  restart(): Promise<void>
}

const ROOT = resolve(import.meta.dirname, '..', '..', '..')

/** Starts it and resolves when it serves and has printed its one-time code. Rejects with its last words otherwise. */
export async function startDemoAgent(
  options: {
    demo: boolean
    env?: Readonly<Record<string, string>>
    /** Words before its command line, such as those of a namespace. */
    inside?: readonly string[]
  } = { demo: true },
): Promise<DemoAgent> {
  const root = await mkdtemp(join(tmpdir(), 'holdfast-demo-'))
  const [home, person] = [join(root, 'home'), join(root, 'person')]
  await mkdir(join(person, 'Documents'), { recursive: true })
  await writeFile(join(person, 'Documents', 'letter.txt'), 'Dear Ada,\n')
  const [program = '', ...words] = [
    ...(options.inside ?? []),
    ...[join(ROOT, 'node_modules', '.bin', 'node'), join(ROOT, 'apps', 'agent', 'src', 'main.ts')],
    ...(options.demo ? ['--demo'] : []),
  ]
  const env = {
    ...process.env,
    HOME: person,
    HOLDFAST_HOME: home,
    HOLDFAST_PORT: '0',
    HOLDFAST_SERVICE: 'off',
    HOLDFAST_KEEP_PROGRAM: '0',
    ...options.env,
  }
  const begin = async (more: { words: readonly string[]; env: Readonly<Record<string, string>> }) => {
    const agent = spawn(program, [...words, ...more.words], {
      env: { ...env, ...more.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const gone = once(agent, 'exit')
    const errors: string[] = []
    agent.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text))
    const stop = async (): Promise<void> => {
      agent.kill('SIGINT')
      await gone
    }
    const pairLink = await linkOf(agent.stdout)
    if (pairLink !== undefined) return { stop, pairLink }
    await stop()
    throw new Error(`The agent did not start:\n${errors.join('')}`)
  }
  const remove = () => rm(root, { recursive: true, force: true })
  let now = await begin({ words: [], env: {} }).catch(async (error: unknown) => {
    await remove()
    throw error
  })
  const { origin: address, port } = new URL(now.pairLink)
  return {
    ...{ address, home, person, pairLink: now.pairLink },
    stop: () => now.stop(),
    restart: async () => {
      await now.stop()
      // It prints a link only while no device is known, unless it is asked to.
      now = await begin({ words: ['--pair'], env: { HOLDFAST_PORT: port } })
    },
    [Symbol.asyncDispose]: async () => {
      await now.stop()
      await remove()
    },
  }
}

async function linkOf(output: NodeJS.ReadableStream): Promise<string | undefined> {
  for await (const line of createInterface({ input: output })) {
    const link = /^Open (http\S+)$/.exec(line)?.[1]
    if (link !== undefined) {
      // What it prints later is not read any more, and must not fill the pipe.
      output.resume()
      return link
    }
  }
  return undefined
}
