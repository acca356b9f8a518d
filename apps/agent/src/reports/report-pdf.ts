import type { Report } from '@holdfast/domain'
import { type PaperSize, pdfOf } from './pdf-of.ts'

/** A report as PDF. INTERNAL. */
export function reportPdf(report: Report, paper: PaperSize): Promise<Uint8Array> {
  return pdfOf({ kind: 'report', report, paper })
}
