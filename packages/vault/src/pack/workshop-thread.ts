import { parentPort, workerData } from 'node:worker_threads'
import { createPiecework } from './piecework.ts'
import type { JobAnswer, JobMessage } from './workshop.ts'

// One bench of the workshop: takes a job, gives the answer and the buffer back.
const work = createPiecework(workerData as { pieceId: Uint8Array; chunker: Uint8Array })
const port = parentPort
if (port === null) throw new Error('this file runs as a worker thread')

port.on('message', ({ id, kind, job }: JobMessage) => {
  try {
    const answer = work[kind](job as never)
    const moved = new Set<ArrayBuffer>([job.buffer.buffer as ArrayBuffer])
    if ('frames' in answer) for (const frame of answer.frames) own(frame.bytes, moved)
    if ('raws' in answer) for (const raw of answer.raws) if (typeof raw !== 'string') own(raw, moved)
    port.postMessage({ id, answer, buffer: job.buffer } satisfies JobAnswer, [...moved])
  } catch (error) {
    port.postMessage({
      id,
      error: error instanceof Error ? error.message : String(error),
    } satisfies JobAnswer)
  }
})

/** Moves bytes that have their buffer for themselves; the rest (Node's shared pool) is copied. */
function own(bytes: Uint8Array, moved: Set<ArrayBuffer>): void {
  if (bytes.byteLength === bytes.buffer.byteLength) moved.add(bytes.buffer as ArrayBuffer)
}
