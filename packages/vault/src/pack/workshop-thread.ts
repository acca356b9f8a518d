import { parentPort, workerData } from 'node:worker_threads'
import { behind, type JobAnswer, type JobMessage } from './job-buffer.ts'
import { createPiecework, type SealedFrame } from './piecework.ts'

// One bench of the workshop: takes a job, gives the answer and, unless it is shared, the buffer back.
const work = createPiecework(workerData as { pieceId: Uint8Array; chunker: Uint8Array })
const port = parentPort
if (port === null) throw new Error('this file runs as a worker thread')

port.on('message', ({ id, kind, job }: JobMessage) => {
  try {
    const answer = work[kind](job as never)
    const moved = new Set<ArrayBuffer>()
    own(job.buffer, moved)
    if ('frames' in answer) shareFrames(answer.frames, job.buffer, moved)
    if ('raws' in answer) for (const raw of answer.raws) if (typeof raw !== 'string') own(raw, moved)
    port.postMessage({ id, answer, buffer: job.buffer } satisfies JobAnswer, [...moved])
  } catch (error) {
    port.postMessage({
      id,
      error: error instanceof Error ? error.message : String(error),
    } satisfies JobAnswer)
  }
})

/** Lays frames into the room behind the job's bytes as long as there is some; the rest is moved. */
function shareFrames(frames: SealedFrame[], buffer: Uint8Array, moved: Set<ArrayBuffer>): void {
  const room = behind(buffer)
  let at = 0
  frames.forEach((frame, i) => {
    const fits = at + frame.bytes.length <= room.length
    const bytes = fits ? room.subarray(at, at + frame.bytes.length) : new Uint8Array(frame.bytes.length)
    bytes.set(frame.bytes)
    if (fits) at += bytes.length
    else own(bytes, moved)
    frames[i] = { ...frame, bytes }
  })
}

/** Moves bytes that fill their buffer, or nearly; what may lie in Node's shared pool is copied. */
function own(bytes: Uint8Array, moved: Set<ArrayBuffer>): void {
  const { buffer } = bytes
  if (!(buffer instanceof ArrayBuffer)) return
  if (bytes.byteLength === buffer.byteLength || bytes.byteLength > Math.max(Buffer.poolSize, 65536))
    moved.add(buffer)
}
