import { readdirSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { assertNever, toHoldfastError } from '@holdfast/domain'
import { backUp } from './engine-backup.ts'
import { copyToPlace } from './engine-copy.ts'
import { drillPlan } from './engine-drill.ts'
import { EngineCommand, type EngineEvent, EngineOrder, type Failure } from './engine-messages.ts'
import { keepProgram } from './engine-program.ts'
import { restoreFiles, rewindSources } from './engine-restore.ts'

/**
 * The engine's own process: one order in, events out, then it ends. Nice 10, so that the machine stays usable. It ends
 * at once when its channel closes: the agent is gone then, and nobody would record what it does.
 */
giveWay()
process.title = 'holdfast-engine'
process.on('disconnect', () => process.exit(1))
// Ctrl-C at a terminal reaches the whole group; the agent decides what becomes of the run.
process.on('SIGINT', () => undefined)

const cancelled = new AbortController()
process.once('message', (message) => {
  process.on('message', (later) => {
    EngineCommand.parse(later)
    cancelled.abort()
  })
  void work(EngineOrder.parse(message))
})

/** Linux counts each thread by itself: later ones take after this one, those of Node that run already would not. */
function giveWay(): void {
  const threads = process.platform === 'linux' ? readdirSync('/proc/self/task').map(Number) : [process.pid]
  for (const thread of threads) setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL)
}

async function work(order: EngineOrder): Promise<void> {
  try {
    for await (const event of events(order)) await say(event)
  } catch (error) {
    await say({ type: 'failed', failure: failureOf(error) })
  }
  // Whatever still holds the loop open (sockets kept alive, a thread pool) has nothing left to do.
  process.exit(0)
}

function events(order: EngineOrder): AsyncIterable<EngineEvent> {
  switch (order.kind) {
    case 'backup':
      return backUp(order, cancelled.signal)
    case 'program':
      return keepProgram(order, cancelled.signal)
    case 'copy':
      return copyToPlace(order, cancelled.signal)
    case 'restore':
      return restoreFiles(order, cancelled.signal)
    case 'rewind':
      return rewindSources(order, cancelled.signal)
    case 'drill':
      return drillPlan(order, cancelled.signal)
    default:
      return assertNever(order)
  }
}

/** Resolves when the message is handed to the channel, so that the engine can't outrun its listener. */
function say(event: EngineEvent): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  process.send?.(event, (error: Error | null) => (error === null ? resolve() : reject(error)))
  return promise
}

function failureOf(error: unknown): Failure {
  const known =
    cancelled.signal.aborted && !isCatalogued(error)
      ? toHoldfastError(cancelled.signal.reason)
      : toHoldfastError(error)
  return { code: known.code, message: known.message, next: known.next }
}

function isCatalogued(error: unknown): boolean {
  return toHoldfastError(error) === error
}
