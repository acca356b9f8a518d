import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { toHoldfastError } from '@holdfast/domain'
import { agentExitOf } from '@holdfast/host'
import { announce } from './announce.ts'
import { readConfig } from './config.ts'
import { logText } from './log/log-text.ts'
import { startAgent } from './start-agent.ts'

const LAST_RESORT_MS = 12_000

/** Runs the agent in the foreground until a signal ends it. */
async function main(): Promise<void> {
  const stopped = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopped.abort())
  // Only if something refuses to start or to end: whoever stopped us is not kept waiting for ever.
  stopped.signal.addEventListener('abort', () => setTimeout(() => process.exit(1), LAST_RESORT_MS).unref())
  const config = readConfig(process.env, process.argv.slice(2))
  // For the threads of runs and reports, which would compile everything anew each time.
  process.env.NODE_COMPILE_CACHE ??= join(config.home, 'cache', 'code')
  enableCompileCache(process.env.NODE_COMPILE_CACHE)
  await using agent = await startAgent(config, {
    onLog: (line) => process.stderr.write(logText(line, { form: config.log ?? 'text', at: new Date() })),
  })
  await announce(agent, { pair: config.pair, write: (text) => process.stdout.write(text) })
  if (!stopped.signal.aborted)
    await new Promise((resolve) => stopped.signal.addEventListener('abort', resolve))
  process.stdout.write('Stopping…\n')
}

try {
  await main()
} catch (error) {
  const known = toHoldfastError(error)
  process.stderr.write(`${known.message}\n${known.next}\n`)
  // The service system starts it again, or not, by this.
  process.exitCode = agentExitOf(known)
}
