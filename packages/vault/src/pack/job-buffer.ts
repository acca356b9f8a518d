import type { Piecework } from './piecework.ts'

export type JobKind = keyof Piecework
export type JobMessage = { readonly id: number; readonly kind: JobKind; readonly job: { buffer: Uint8Array } }
export type JobAnswer = {
  readonly id: number
  readonly answer?: unknown
  readonly buffer?: Uint8Array
  readonly error?: string
}

/**
 * `length` bytes that all threads see, so that a job is handed over without its bytes moving, and as much room behind
 * them for what is made of them. Moved buffers would count as new memory in each thread, which then collects garbage
 * all the time.
 */
export function sharedBuffer(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(2 * length + ROOM_FOR_HEADERS), 0, length)
}

/** The room behind a shared buffer's bytes; none where the buffer is not shared. */
export function behind(buffer: Uint8Array): Uint8Array {
  const end = buffer.byteOffset + buffer.byteLength
  return buffer.buffer instanceof SharedArrayBuffer ? new Uint8Array(buffer.buffer, end) : new Uint8Array(0)
}

const ROOM_FOR_HEADERS = 64 * 1024
