import { Worker } from 'node:worker_threads'
import { HoldfastError } from '@holdfast/domain/errors'
import type { StepBatch, WalkOrder } from '@holdfast/vault/walk'

/** What the thread is told; `taken` holds the number of batches that were taken. */
export type WalkTask = { readonly order: WalkOrder; readonly taken: SharedArrayBuffer }

/** How many batches the thread may be ahead: enough to keep both sides busy, few enough to cost no memory. */
export const AHEAD = 256

/**
 * Walks sources in a thread of its own, begun at once: what `walkInBatches` yields, at most AHEAD batches before they
 * are taken. To be taken once. Rejects with CANCELLED after `signal` aborted and with INTERNAL when the thread fails.
 * Disposing ends it without waiting: a call that hangs in the system can't be ended, and must not hold who leaves.
 */
export function walkThread(
  order: WalkOrder,
  signal: AbortSignal | undefined,
): AsyncIterable<StepBatch> & AsyncDisposable {
  const taken = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const plain = order.map((source) => ({
    ...source,
    label: new Uint8Array(source.label),
    path: new Uint8Array(source.path),
  }))
  const task: WalkTask = { order: plain, taken: taken.buffer }
  const worker = new Worker(new URL('./walk-worker.ts', import.meta.url), { workerData: task })
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
  worker.on('error', (cause) =>
    fail(new HoldfastError('INTERNAL', 'The walk through the files stopped.', { cause })),
  )
  worker.on('exit', () => fail(new HoldfastError('INTERNAL', 'The walk through the files stopped.')))
  const cancel = (): void => fail(new HoldfastError('CANCELLED', 'Cancelled.'))
  signal?.addEventListener('abort', cancel, { once: true })
  if (signal?.aborted === true) cancel()

  return {
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const next = waiting.shift()
        if (next === 'end') return
        if (next !== undefined) {
          Atomics.add(taken, 0, 1)
          Atomics.notify(taken, 0)
          yield next
        } else if (failure !== undefined) throw failure
        else
          await new Promise<void>((resolve) => {
            wake = resolve
          })
      }
    },
    async [Symbol.asyncDispose]() {
      signal?.removeEventListener('abort', cancel)
      worker.unref()
      void worker.terminate()
    },
  }
}
