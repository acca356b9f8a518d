import { availableParallelism } from 'node:os'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { HoldfastError } from '@holdfast/domain/errors'
import type { StepBatch, WalkOrder } from '@holdfast/vault/walk'

/**
 * What both threads are told. `counts` holds, by COUNT, how many batches of each were taken, and how many portions
 * were given and walked; `portions` leads from the first thread to the second.
 */
export type WalkTask = {
  readonly order: WalkOrder
  readonly counts: SharedArrayBuffer
  readonly portions: MessagePort
}

export const COUNT = { takenOfFirst: 0, takenOfSecond: 1, given: 2, walked: 3, secondIsThere: 4 } as const

/** How many batches each thread may be ahead: what it walks while a vault is opened, at some 60 kB each. */
export const AHEAD = 256

/** A tree with not many more batches than that is walked before a second thread would have begun. */
const BEFORE_SECOND = 24

/** A walk holds little for long: a larger young generation would only take memory. */
const LIMITS = { maxYoungGenerationSizeMb: 12 }

/**
 * Walks sources in a thread of its own, begun at once: what `walkInBatches` yields, at most AHEAD batches before they
 * are taken. Where who takes them has to wait after `beforeSecond` of them, and this is not the only of `processors`, a
 * second thread walks portions of the tree from then on; its batches come in their place. To be taken once. Rejects
 * with CANCELLED after `signal` aborted and with INTERNAL when a thread fails. Disposing ends it without waiting: a call
 * that hangs in the system can't be ended, and must not hold who leaves.
 */
export function walkThread(
  order: WalkOrder,
  signal: AbortSignal | undefined,
  { processors = availableParallelism(), beforeSecond = BEFORE_SECOND } = {},
): AsyncIterable<StepBatch> & AsyncDisposable {
  const counts = new Int32Array(
    new SharedArrayBuffer(Object.keys(COUNT).length * Int32Array.BYTES_PER_ELEMENT),
  )
  const channel = new MessageChannel()
  const plain = order.map((source) => ({
    ...source,
    label: new Uint8Array(source.label),
    path: new Uint8Array(source.path),
  }))
  const startThread = (file: URL, taken: number, portions: MessagePort): Walker => {
    const task: WalkTask = { order: plain, counts: counts.buffer, portions }
    const worker = new Worker(file, {
      workerData: task,
      transferList: [portions],
      resourceLimits: LIMITS,
    })
    return createWalker(worker, () => {
      Atomics.add(counts, taken, 1)
      Atomics.notify(counts, taken)
    })
  }
  const first = startThread(new URL('./walk-worker.ts', import.meta.url), COUNT.takenOfFirst, channel.port1)
  let second: Walker | undefined
  const cancel = (): void => {
    for (const walker of [first, second]) walker?.fail(new HoldfastError('CANCELLED', 'Cancelled.'))
  }
  signal?.addEventListener('abort', cancel, { once: true })
  if (signal?.aborted === true) cancel()

  return {
    async *[Symbol.asyncIterator]() {
      for (let taken = 0; ; taken += 1) {
        // The walk is what all wait for, then.
        if (taken >= beforeSecond && processors > 1 && !first.isAhead())
          second ??= startThread(
            new URL('./second-walk-worker.ts', import.meta.url),
            COUNT.takenOfSecond,
            channel.port2,
          )
        const batch = await first.next()
        if (batch === 'end') return
        yield batch
        if (!batch.beforePortion) continue
        if (second === undefined) throw stopped(undefined)
        for (let below = await second.next(); below !== 'end'; below = await second.next()) yield below
      }
    },
    async [Symbol.asyncDispose]() {
      signal?.removeEventListener('abort', cancel)
      channel.port2.close()
      for (const walker of [first, second]) walker?.leave()
    },
  }
}

type Walker = ReturnType<typeof createWalker>

/** What a thread says, in order: batches, and `end` after the last of a walk or of a portion. */
function createWalker(worker: Worker, onTaken: () => void) {
  const waiting: (StepBatch | 'end')[] = []
  let failure: unknown
  let wake = (): void => undefined
  const fail = (error: unknown): void => {
    failure ??= error
    wake()
  }
  worker.on('message', (message: StepBatch | 'end') => {
    waiting.push(message)
    wake()
  })
  worker.on('error', (cause) => fail(stopped(cause)))
  worker.on('exit', () => fail(stopped(undefined)))
  return {
    fail,
    isAhead: () => waiting.length > 0,
    async next(): Promise<StepBatch | 'end'> {
      for (;;) {
        const next = waiting.shift()
        if (next !== undefined) {
          if (next !== 'end') onTaken()
          return next
        }
        if (failure !== undefined) throw failure
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    leave(): void {
      worker.unref()
      void worker.terminate()
    },
  }
}

function stopped(cause: unknown): HoldfastError {
  return new HoldfastError('INTERNAL', 'The walk through the files stopped.', { cause })
}
