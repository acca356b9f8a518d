import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { type Portion, walkPortionInBatches, walkRoots } from '@holdfast/vault/walk'
import { createSourceTree } from './source-tree.ts'
import { createWalkSender } from './walk-sender.ts'
import { COUNT, type WalkTask } from './walk-thread.ts'

/**
 * The second thread behind `walkThread`: portions in the order in which they are given, which is the order in which
 * they are taken, so that neither thread ever waits for the other. It ends with who disposes the walk.
 */
const task = workerData as WalkTask
const counts = new Int32Array(task.counts)
const taker = parentPort as MessagePort
const send = createWalkSender(taker, counts, COUNT.takenOfSecond)
const tree = createSourceTree()
const roots = walkRoots(task.order)
Atomics.store(counts, COUNT.secondIsThere, 1)
for (let walked = 0; ; walked += 1) {
  Atomics.wait(counts, COUNT.given, walked)
  const given = receiveMessageOnPort(task.portions)?.message as Portion
  for (const batch of walkPortionInBatches(tree, roots, given)) send(batch)
  taker.postMessage('end')
  Atomics.add(counts, COUNT.walked, 1)
}
