import { parentPort, workerData } from 'node:worker_threads'
import { assertNever } from '@holdfast/domain'
import { z } from 'zod'
import { type EngineChild, startEngineChild } from './engine-child.ts'
import { JobCommand, type JobMessage } from './engine-messages.ts'

/**
 * The Bree worker of a plan. It rings at the agent, gets the order for its engine process, starts and watches that,
 * forwards its events and ends with it. It holds no state and no secret longer than the engine needs.
 */
const { path } = z.object({ path: z.string() }).parse(workerData)
const port = parentPort
if (port === null) throw new Error('job.ts runs as a worker thread only')

let engine: EngineChild | undefined
let cancelled: { killAfterMs: number } | undefined

port.on('message', (message) => {
  obey(JobCommand.parse(message)).catch((error: unknown) => {
    say({ type: 'engine-failed', why: error instanceof Error ? error.message : String(error) })
    port.close()
  })
})
say({ type: 'rang' })

async function obey(command: JobCommand): Promise<void> {
  switch (command.type) {
    case 'leave':
      port?.close()
      return
    case 'cancel':
      cancelled = { killAfterMs: command.killAfterMs }
      engine?.cancel(cancelled)
      return
    case 'order': {
      engine = await startEngineChild(command.order, {
        path,
        onEvent: (event) => say({ type: 'event', event }),
      })
      say({ type: 'engine-started', pid: engine.pid })
      if (cancelled !== undefined) engine.cancel(cancelled)
      say({ type: 'engine-ended', how: await engine.ended })
      // Without a listener on its port the thread has nothing left to wait for and ends.
      port?.close()
      return
    }
    default:
      assertNever(command)
  }
}

function say(message: JobMessage): void {
  port?.postMessage(message)
}
