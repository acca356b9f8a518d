import type { Home, ReportFormat, ReportsPort } from '@holdfast/api'
import { type Report, reportCsv, reportPeriod } from '@holdfast/domain'
import type { History } from '@holdfast/history'
import { actOf, auditActor } from '../audit.ts'
import type { DownloadDesk } from '../downloads/download-desk.ts'
import { warmPdf } from '../reports/pdf-of.ts'
import { readReport } from '../reports/read-report.ts'
import { reportFileName } from '../reports/report-file-name.ts'
import { reportPdf } from '../reports/report-pdf.ts'

/** Reports, made from the history when they are asked for. */
export function createReportsPort(parts: {
  readonly history: Pick<History, 'reportFacts' | 'audit'>
  readonly downloads: Pick<DownloadDesk, 'keepText'>
  readonly home: (timeZone: string) => Promise<Home>
  readonly now: () => Date
}): ReportsPort {
  const port: ReportsPort = {
    get({ kind, current, timeZone }) {
      // Whoever looks at a report often wants it on paper next.
      warmPdf()
      return readReport(parts, {
        timeZone,
        periodAt: (now) => reportPeriod(kind, { now, timeZone, current }),
      })
    },
    async export({ format, paper, ...query }, actor) {
      const report = await port.get(query)
      const what = { at: parts.now(), act: 'report.export', subject: query.kind, after: { format } }
      await parts.history.audit.append(actOf(auditActor(actor), what))
      const name = reportFileName(report, format)
      return parts.downloads.keepText(
        { name, role: 'viewer', ...(await fileOf(report, format, paper)) },
        actor.device,
      )
    },
  }
  return port
}

async function fileOf(
  report: Report,
  format: ReportFormat,
  paper: 'a4' | 'letter',
): Promise<{ type: string; text: string | Uint8Array }> {
  switch (format) {
    case 'pdf':
      return { type: 'application/pdf', text: await reportPdf(report, paper) }
    case 'csv':
      return { type: 'text/csv; charset=utf-8', text: reportCsv(report) }
    case 'json':
      return { type: 'application/json', text: `${JSON.stringify(report, undefined, 2)}\n` }
    default:
      return format satisfies never
  }
}
