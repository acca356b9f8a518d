import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { HoldfastError } from '@holdfast/domain'
import type { JobAnswer, JobKind, JobMessage } from './job-buffer.ts'
import {
  type CutJob,
  createPiecework,
  type DigestJob,
  type IdentifyJob,
  type SealedFrame,
  type SealJob,
  type UnsealJob,
} from './piecework.ts'

/**
 * Where pieces are cut, hashed, compressed and opened, beside the thread that walks and writes. Each job takes its
 * buffer away and gives it back with the answer: shared ones (see `sharedBuffer`) stay where they are, others are
 * moved. Sealed frames may lie behind the job's bytes: they are good as long as the buffer is not used again. Jobs run
 * in any order.
 */
export type Workshop = AsyncDisposable & {
  /** How many jobs run at once. */
  readonly benches: number
  /** Starts the threads ahead of the first job, where one is sure to come: each takes a tenth of a second. */
  warmUp(): void
  digest(job: DigestJob): Promise<{ sha256: string }>
  identify(job: IdentifyJob): Promise<{ ids: Uint8Array; buffer: Uint8Array }>
  cut(job: CutJob): Promise<{ cuts: Int32Array; ids: Uint8Array; buffer: Uint8Array }>
  seal(job: SealJob): Promise<{ frames: SealedFrame[]; buffer: Uint8Array }>
  unseal(job: UnsealJob): Promise<{ raws: (Uint8Array | string)[]; buffer: Uint8Array }>
}

/**
 * Opens a workshop with `threads` worker threads, started when the first job comes; 0 does the work inline. Ending it
 * rejects the jobs that are still under way.
 */
export function openWorkshop(
  keys: { pieceId: Uint8Array; chunker: Uint8Array },
  options: { threads: number },
): Workshop {
  return options.threads === 0 ? inlineWorkshop(keys) : threadedWorkshop(keys, options.threads)
}

function inlineWorkshop(keys: { pieceId: Uint8Array; chunker: Uint8Array }): Workshop {
  const work = createPiecework(keys)
  return {
    benches: 1,
    warmUp: () => undefined,
    digest: async (job) => work.digest(job),
    identify: async (job) => ({ ...work.identify(job), buffer: job.buffer }),
    cut: async (job) => ({ ...work.cut(job), buffer: job.buffer }),
    seal: async (job) => ({ ...work.seal(job), buffer: job.buffer }),
    unseal: async (job) => ({ ...work.unseal(job), buffer: job.buffer }),
    async [Symbol.asyncDispose]() {},
  }
}

type Pending = { resolve(answer: never): void; reject(error: Error): void; thread: number }

function threadedWorkshop(keys: { pieceId: Uint8Array; chunker: Uint8Array }, threads: number): Workshop {
  const workers: Worker[] = []
  const load: number[] = []
  const pending = new Map<number, Pending>()
  let nextId = 1
  let turn = 0

  function start(): void {
    // Frames count as memory of a thread's heap, which is small: it would be searched for garbage every 20 MB of them.
    // Only threads that start after this heed it.
    setFlagsFromString('--initial-old-space-size=128')
    for (let i = 0; i < threads; i += 1) {
      const worker = new Worker(new URL('./workshop-thread.ts', import.meta.url), { workerData: keys })
      worker.on('message', (message: JobAnswer) => settle(message))
      worker.on('error', (cause) => failAll(cause))
      worker.unref()
      workers.push(worker)
      load.push(0)
    }
  }

  function settle(message: JobAnswer): void {
    const job = pending.get(message.id)
    if (job === undefined) return
    pending.delete(message.id)
    load[job.thread] = (load[job.thread] as number) - 1
    if (pending.size === 0) for (const worker of workers) worker.unref()
    if (message.error !== undefined)
      job.reject(new HoldfastError('INTERNAL', `Packing failed: ${message.error}`))
    else job.resolve({ ...(message.answer as object), buffer: message.buffer } as never)
  }

  function failAll(cause: unknown): void {
    for (const job of pending.values())
      job.reject(new HoldfastError('INTERNAL', 'A packing thread died.', { cause }))
    pending.clear()
  }

  function run(kind: JobKind, job: { buffer: Uint8Array }): Promise<never> {
    if (workers.length === 0) start()
    // The least busy bench, and among equals the next in turn.
    turn = (turn + 1) % threads
    const least = Math.min(...load)
    const thread = load[turn] === least ? turn : load.indexOf(least)
    const id = nextId
    nextId += 1
    const { promise, resolve, reject } = Promise.withResolvers<never>()
    pending.set(id, { resolve, reject, thread })
    load[thread] = (load[thread] as number) + 1
    const worker = workers[thread] as Worker
    worker.ref()
    const { buffer } = job.buffer
    const moved = buffer instanceof ArrayBuffer ? [buffer] : []
    worker.postMessage({ id, kind, job } satisfies JobMessage, moved)
    return promise
  }

  return {
    benches: threads,
    warmUp() {
      if (workers.length === 0) start()
    },
    digest: (job) => run('digest', job),
    identify: (job) => run('identify', job),
    cut: (job) => run('cut', job),
    seal: (job) => run('seal', job),
    unseal: (job) => run('unseal', job),
    async [Symbol.asyncDispose]() {
      failAll(new Error('the workshop was closed'))
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}
