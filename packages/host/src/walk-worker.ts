import { parentPort, workerData } from 'node:worker_threads'
import { walkInBatches, walkRoots } from '@holdfast/vault/walk'
import { createSourceTree } from './source-tree.ts'
import { AHEAD, type WalkTask } from './walk-thread.ts'

/** The thread behind `walkThread`: batch by batch, never more than AHEAD before the one who takes them. */
const { order, taken } = workerData as WalkTask
const counter = new Int32Array(taken)
let sent = 0
for (const batch of walkInBatches(createSourceTree(), walkRoots(order))) {
  for (let seen = Atomics.load(counter, 0); sent - seen >= AHEAD; seen = Atomics.load(counter, 0))
    Atomics.wait(counter, 0, seen)
  parentPort?.postMessage(batch)
  sent += 1
}
parentPort?.postMessage('end')
