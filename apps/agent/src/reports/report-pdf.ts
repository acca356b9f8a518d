import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { HoldfastError, type Report, SECOND_MS } from '@holdfast/domain'

const LIMIT_MS = 60 * SECOND_MS

/**
 * A report as PDF, made in a thread of its own that gives its memory back. Rejects with INTERNAL when that fails or
 * takes a minute.
 */
export async function reportPdf(report: Report, paper: 'a4' | 'letter'): Promise<Uint8Array> {
  const worker = new Worker(new URL('./pdf-worker.ts', import.meta.url), {
    ...{ workerData: { report, paper }, env: {}, execArgv: ['--disable-warning=ExperimentalWarning'] },
  })
  try {
    const [bytes] = await once(worker, 'message', { signal: AbortSignal.timeout(LIMIT_MS) })
    if (bytes instanceof Uint8Array) return bytes
    throw new TypeError('the thread answered something else')
  } catch (cause) {
    throw new HoldfastError('INTERNAL', 'The PDF could not be made.', { cause })
  } finally {
    await worker.terminate()
  }
}
