import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { type Portion, walkInBatches, walkRoots } from '@holdfast/vault/walk'
import { createSourceTree } from './source-tree.ts'
import { createWalkSender } from './walk-sender.ts'
import { COUNT, type WalkTask } from './walk-thread.ts'

/**
 * The first thread behind `walkThread`: batch by batch, never more than AHEAD before the one who takes them. Gives
 * portions to the second thread while that one has at most one to go on with.
 */
const task = workerData as WalkTask
const counts = new Int32Array(task.counts)
const taker = parentPort as MessagePort
const send = createWalkSender(taker, counts, COUNT.takenOfFirst)
const handOver = {
  wanted: () =>
    Atomics.load(counts, COUNT.secondIsThere) === 1 &&
    Atomics.load(counts, COUNT.given) - Atomics.load(counts, COUNT.walked) < 2,
  give(portion: Portion): void {
    task.portions.postMessage(portion)
    Atomics.add(counts, COUNT.given, 1)
    Atomics.notify(counts, COUNT.given)
  },
}
for (const batch of walkInBatches(createSourceTree(), walkRoots(task.order), handOver)) send(batch)
taker.postMessage('end')
