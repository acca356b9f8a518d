import { once } from 'node:events'
import { getCompileCacheDir } from 'node:module'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { HoldfastError, MINUTE_MS, type Report, SECOND_MS } from '@holdfast/domain'
import type { KitPaper } from '../kit/kit-document.ts'
import type { SheetPaper } from '../kit/sheet-document.ts'

const LIMIT_MS = 60 * SECOND_MS

export type PaperSize = 'a4' | 'letter'

/** What the thread makes: plain data, so that it can be sent there. */
export type PdfJob = { readonly paper: PaperSize } & (
  | { readonly kind: 'report'; readonly report: Report }
  | { readonly kind: 'kit'; readonly kit: KitPaper }
  | { readonly kind: 'sheet'; readonly sheet: SheetPaper }
)

/** A thread that made a report may soon make the next one, of another period or paper. */
const KEPT_MS = MINUTE_MS
let kept: { readonly worker: Worker; readonly letGo: () => void } | undefined

/** Has a thread ready, with its program and fonts: the first report takes half the time then. */
export function warmPdf(): void {
  keep(taken() ?? startWorker())
}

/**
 * A PDF, made in a thread of its own. One that made a report is kept for a minute, one that had a kit's secrets gives
 * its memory back at once. Rejects with INTERNAL when that fails or takes a minute.
 */
export async function pdfOf(job: PdfJob): Promise<Uint8Array> {
  const again = job.kind === 'report'
  const worker = (again ? taken() : undefined) ?? startWorker()
  worker.ref()
  let whole = false
  try {
    const answer = once(worker, 'message', { signal: AbortSignal.timeout(LIMIT_MS) })
    worker.postMessage(job)
    const [bytes] = await answer
    if (!(bytes instanceof Uint8Array)) throw new TypeError('the thread answered something else')
    whole = true
    return bytes
  } catch (cause) {
    throw new HoldfastError('INTERNAL', 'The PDF could not be made.', { cause })
  } finally {
    if (whole && again) keep(worker)
    else await worker.terminate()
  }
}

function startWorker(): Worker {
  const cache = getCompileCacheDir()
  return new Worker(new URL('./pdf-worker.ts', import.meta.url), {
    env: cache === undefined ? {} : { NODE_COMPILE_CACHE: dirname(cache) },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    // Letters that the library never comes to an end with cost this thread, and not the agent.
    resourceLimits: { maxOldGenerationSizeMb: 768 },
  })
}

/** The kept thread, which is the caller's from now on. */
function taken(): Worker | undefined {
  const found = kept
  kept = undefined
  found?.letGo()
  return found?.worker
}

/** Keeps a thread for the next report, in place of another one; it keeps no process from ending. */
function keep(worker: Worker): void {
  const other = taken()
  if (other !== undefined && other !== worker) void other.terminate()
  const end = () => void taken()?.terminate()
  const timer = setTimeout(end, KEPT_MS).unref()
  worker.once('error', end)
  worker.unref()
  kept = {
    worker,
    letGo() {
      clearTimeout(timer)
      worker.off('error', end)
    },
  }
}
