import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { CommandLine } from './command-line.ts'

const { NODE_COMPILE_CACHE } = process.env
const AGENT = fileURLToPath(new URL('../../agent/src/main.ts', import.meta.url))

/** The agent of a command line's home, on a free port; disposing ends it. */
export async function startAgent(
  cli: CommandLine,
  env: Readonly<Record<string, string>> = {},
): Promise<AsyncDisposable> {
  const agent = spawn(process.execPath, [AGENT], {
    stdio: 'ignore',
    env: {
      ...{ PATH: process.env.PATH ?? '', HOME: cli.dir, HOLDFAST_HOME: cli.at('home') },
      ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }),
      ...{ HOLDFAST_PORT: '0', HOLDFAST_SERVICE: 'off', HOLDFAST_KEEP_PROGRAM: '0' },
      ...env,
    },
  })
  for (let i = 0; i < 400 && !existsSync(cli.at('home/agent.json')); i += 1) await wait(50)
  return {
    async [Symbol.asyncDispose]() {
      const gone = once(agent, 'exit')
      agent.kill('SIGTERM')
      await gone
    },
  }
}
