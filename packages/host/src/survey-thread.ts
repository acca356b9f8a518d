import { on } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Source } from '@holdfast/domain'

/** What the thread is told. `avoid` are absolute paths of folders that are none of the sources' business. */
export type SurveyOrder = {
  readonly kind: 'count' | 'preview'
  readonly sources: readonly Source[]
  readonly avoid: readonly string[]
}

export type SurveyOptions = {
  /** Folders that are not looked at, absolute: Holdfast's own home, a vault. */
  readonly avoid: readonly string[]
  readonly signal?: AbortSignal | undefined
}

/**
 * Looks through sources in a thread of its own and yields what that says, several times a second, to its end. Whoever
 * stops listening, or aborts, ends it. A thread, because file systems that hang would hang everything else.
 */
export async function* surveyThread(
  order: SurveyOrder,
  signal: AbortSignal | undefined,
): AsyncGenerator<unknown, void, undefined> {
  signal?.throwIfAborted()
  const worker = new Worker(new URL('./survey-worker.ts', import.meta.url), { workerData: order })
  try {
    const messages = on(worker, 'message', { close: ['exit'], ...(signal === undefined ? {} : { signal }) })
    for await (const [message] of messages) yield message
  } finally {
    // Not waited for: a call that hangs in the system can't be ended, and must not hold who leaves.
    worker.unref()
    void worker.terminate()
  }
}
