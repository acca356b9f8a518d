import { flushCompileCache } from 'node:module'
import { parentPort } from 'node:worker_threads'
import { assertNever } from '@holdfast/domain'
import { renderToBuffer } from '@react-pdf/renderer'
import { kitDocument } from '../kit/kit-document.ts'
import { sheetDocument } from '../kit/sheet-document.ts'
import type { PdfJob } from './pdf-of.ts'
import { reportDocument } from './report-document.ts'
import { limitFonts, registerFonts } from './report-fonts.ts'

/** Makes one document after the other; what the first one loaded is there for the next. */
registerFonts()
parentPort?.on('message', (job: PdfJob) => {
  rendered(job).then(
    (bytes) => {
      parentPort?.postMessage(bytes)
      flushCompileCache()
    },
    (error: unknown) => {
      // Heard as the worker's own end, with its reason.
      setImmediate(() => {
        throw error
      })
    },
  )
})

/** Once more in plain letters when a name trips the library; what fails then as well is no matter of letters. */
async function rendered(job: PdfJob): Promise<Uint8Array> {
  try {
    return await renderToBuffer(documentOf(job))
  } catch {
    limitFonts(true)
    try {
      return await renderToBuffer(documentOf(job))
    } finally {
      limitFonts(false)
    }
  }
}

function documentOf(job: PdfJob) {
  switch (job.kind) {
    case 'report':
      return reportDocument(job.report, job.paper)
    case 'kit':
      return kitDocument(job.kit, job.paper)
    case 'sheet':
      return sheetDocument(job.sheet, job.paper)
    default:
      return assertNever(job)
  }
}
