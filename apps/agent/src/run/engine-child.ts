import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { SECOND_MS } from '@holdfast/domain'
import { EngineEvent, type EngineOrder } from './engine-messages.ts'

const MEMORY_LIMIT_MIB = 2048
/** What is new in memory is looked through sooner, by the thread that made it: docs/performance.md. */
const YOUNG = ['--max-semi-space-size=8', '--no-parallel-scavenge']
/** How long a cancelled engine may take to tidy up. */
export const KILL_AFTER_MS = 10 * SECOND_MS

export type EngineChild = {
  readonly pid: number
  /** Asks the engine to stop; kills it when it has not ended `killAfterMs` later. Repeated, the latest limit counts. */
  cancel(options?: { killAfterMs?: number }): void
  /** How the process ended, once it is gone and all its events are delivered. */
  readonly ended: Promise<string>
}

/**
 * Starts one engine process and hands it its order over its channel. It has no environment but a search path, and ends
 * by itself when the channel closes, so it never outlives the agent. Events are parsed before `onEvent` sees them; one
 * that does not parse kills the engine.
 */
export async function startEngineChild(
  order: EngineOrder,
  options: { path: string; onEvent: (event: EngineEvent) => void },
): Promise<EngineChild> {
  const child = fork(fileURLToPath(new URL('./engine-process.ts', import.meta.url)), [], {
    serialization: 'advanced',
    execArgv: [`--max-old-space-size=${MEMORY_LIMIT_MIB}`, ...YOUNG, '--disable-warning=ExperimentalWarning'],
    env: {
      ...{ PATH: options.path, UV_THREADPOOL_SIZE: '8', NODE_COMPILE_CACHE: order.access.codeCache },
      MALLOC_ARENA_MAX: '2',
    },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let lastWords = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = `${lastWords}${text}`.slice(-2000)
  })
  child.on('message', (message) => {
    const parsed = EngineEvent.safeParse(message)
    if (parsed.success) options.onEvent(parsed.data)
    else {
      lastWords = `The engine said something that is not an event: ${parsed.error.message}`
      child.kill('SIGKILL')
    }
  })
  // An engine that dies while something is sent to it fails that sending; how it died is told by its end.
  child.on('error', (error) => {
    lastWords = `${lastWords}\n${error.message}`
  })
  // 'close' comes after 'exit' when the last bytes and messages have been read.
  const { promise: ended, resolve } = Promise.withResolvers<string>()
  child.once('close', (code, signal) => resolve(describeEnd(code, signal, lastWords)))
  await once(child, 'spawn')
  child.send(order)

  let killTimer: NodeJS.Timeout | undefined
  void ended.finally(() => clearTimeout(killTimer))
  return {
    pid: child.pid ?? 0,
    ended,
    cancel({ killAfterMs = KILL_AFTER_MS } = {}) {
      clearTimeout(killTimer)
      killTimer = setTimeout(() => child.kill('SIGKILL'), killAfterMs)
      if (child.connected) child.send({ type: 'cancel' })
    },
  }
}

function describeEnd(code: unknown, signal: unknown, lastWords: string): string {
  const how = typeof signal === 'string' ? `ended by ${signal}` : `ended with code ${String(code)}`
  return lastWords.trim() === '' ? how : `${how}: ${lastWords.trim()}`
}
