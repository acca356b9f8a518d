import type { MessagePort } from 'node:worker_threads'
import type { StepBatch } from '@holdfast/vault/walk'
import { AHEAD } from './walk-thread.ts'

/**
 * Posts a walking thread's batches to who takes them, in order. Where AHEAD of them were not taken yet, by
 * `counts[taken]`, the thread stands still until one is.
 */
export function createWalkSender(
  to: MessagePort,
  counts: Int32Array,
  taken: number,
): (batch: StepBatch) => void {
  let sent = 0
  return (batch) => {
    for (let seen = Atomics.load(counts, taken); sent - seen >= AHEAD; seen = Atomics.load(counts, taken))
      Atomics.wait(counts, taken, seen)
    to.postMessage(batch)
    sent += 1
  }
}
