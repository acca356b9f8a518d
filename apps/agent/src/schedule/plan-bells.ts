import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker, type WorkerOptions } from 'node:worker_threads'
import type { PlanId } from '@holdfast/domain'
import Bree from 'bree'
import { type JobCommand, JobMessage } from '../run/engine-messages.ts'

/** A plan's job that has started: the line to its worker thread. */
export type RungJob = {
  send(command: JobCommand): void
  /** Every message in order; ends when the worker has ended. `rang` is not among them. */
  readonly messages: AsyncIterable<JobMessage>
}

export type PlanBells = AsyncDisposable & {
  /** Gives the plan its job, or sets its bell anew. A moment in the past is no bell: ask `nextStep` first. */
  arm(id: PlanId, dueAt: Date | undefined): Promise<void>
  /** Starts the plan's job now, the same one that the bell starts; after the one before has wholly ended. */
  ring(id: PlanId): Promise<void>
}

const JOB_FILE = fileURLToPath(new URL('../run/job.ts', import.meta.url))

/**
 * Bree, and the only file that knows it: one job per plan, named by the plan's id, with at most one date to ring at.
 * `onRing` is called once for each start of a job, by bell or by hand, when its worker is there.
 */
export function createPlanBells(options: {
  path: string
  onRing: (id: PlanId, job: RungJob) => void
  /** Called when a job's thread has ended before it rang: it could not be loaded, or was not given memory. */
  onLost: (id: PlanId) => void
  onError: (error: unknown) => void
}): PlanBells {
  const lines = new Map<string, ReturnType<typeof createLine>>()
  let closing = false
  const bree = new PlanBree({
    root: false,
    doRootCheck: false,
    acceptedExtensions: ['.ts'],
    defaultExtension: 'ts',
    logger: false,
    timeout: false,
    worker: { workerData: { path: options.path }, env: {}, execArgv: [] },
    errorHandler: (error) => options.onError(error),
    workerMessageHandler: ({ name, message }) => lines.get(name)?.take(JobMessage.parse(message)),
  })
  const ids = new Map<string, PlanId>()
  /** Jobs whose bell is to be set when their thread has ended. */
  const waiting = new Set<string>()

  bree.on('worker created', (name: string) => {
    const worker = bree.workers.get(name)
    const id = ids.get(name)
    if (worker === undefined || id === undefined) return
    const line = createLine((command) => worker.postMessage(command))
    lines.set(name, line)
    line.onRang = () => options.onRing(id, line)
    line.onLost = () => options.onLost(id)
  })
  bree.on('worker deleted', (name: string) => {
    lines.get(name)?.end()
    lines.delete(name)
    // Bree sets no bell while the job's thread is still there.
    if (waiting.delete(name) && !closing) bree.start(name).catch(options.onError)
  })

  return {
    async arm(id, dueAt) {
      if (closing) return
      ids.set(id, id)
      bree.removeSafeTimer('timeouts', id)
      const known = bree.config.jobs.find((job) => job.name === id)
      if (known === undefined) {
        await bree.add({
          name: id,
          path: JOB_FILE,

          ...(dueAt === undefined ? {} : { date: dueAt }),
        })
      } else if (dueAt === undefined) {
        delete known.date
      } else {
        known.date = dueAt
      }
      waiting.delete(id)
      if (dueAt === undefined) return
      if (bree.workers.has(id)) waiting.add(id)
      else await bree.start(id)
    },
    async ring(id) {
      for (let worker = bree.workers.get(id); worker !== undefined && !closing; worker = bree.workers.get(id))
        await once(worker, 'exit')
      if (!closing) await bree.run(id)
    },
    async [Symbol.asyncDispose]() {
      closing = true
      for (const name of [...bree.timeouts.keys()]) bree.removeSafeTimer('timeouts', name)
      // Whoever answers the rings has stopped its runs by now; this waits for the last threads to end.
      await Promise.all([...bree.workers.values()].map((worker) => once(worker, 'exit')))
    },
  }
}

/** Bree takes a path with `&`, `%` or a quote for source text; ours is always a file. */
class PlanBree extends Bree {
  override createWorker = (_file: string, options: Partial<WorkerOptions>): Worker =>
    new Worker(JOB_FILE, { ...options, eval: false })
}

function createLine(send: (command: JobCommand) => void) {
  const waiting: JobMessage[] = []
  let rang = false
  let ended = false
  let resume: (() => void) | undefined
  const line = {
    send,
    onRang: undefined as (() => void) | undefined,
    onLost: undefined as (() => void) | undefined,
    take(message: JobMessage) {
      if (message.type === 'rang') {
        rang = true
        return line.onRang?.()
      }
      waiting.push(message)
      resume?.()
    },
    end() {
      ended = true
      resume?.()
      if (!rang) line.onLost?.()
    },
    messages: (async function* () {
      for (;;) {
        const next = waiting.shift()
        if (next !== undefined) yield next
        else if (ended) return
        else {
          const { promise, resolve } = Promise.withResolvers<void>()
          resume = resolve
          await promise
        }
      }
    })(),
  }
  return line
}
