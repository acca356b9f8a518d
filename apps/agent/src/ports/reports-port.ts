import type { Home, ReportFormat, ReportsPort } from '@holdfast/api'
import { DAY_MS, type Report, reportCsv, reportOf, reportPeriod } from '@holdfast/domain'
import type { History } from '@holdfast/history'
import { actOf, auditActor } from '../audit.ts'
import type { DownloadDesk } from '../downloads/download-desk.ts'
import { reportPdf } from '../reports/report-pdf.ts'

/** The charts look back a year from the period's end, and begin at a midnight somewhere. */
const LOOK_BACK_MS = 367 * DAY_MS

/** Reports, made from the history when they are asked for. */
export function createReportsPort(parts: {
  readonly history: Pick<History, 'reportFacts' | 'audit'>
  readonly downloads: Pick<DownloadDesk, 'keepText'>
  readonly home: (timeZone: string) => Promise<Home>
  readonly now: () => Date
}): ReportsPort {
  const port: ReportsPort = {
    async get({ kind, current, timeZone }) {
      // Also the check of the time zone.
      const { machine, verdict, plans } = await parts.home(timeZone)
      const now = parts.now()
      const period = reportPeriod(kind, { now, timeZone, current })
      const since = new Date(Math.min(period.from.getTime(), period.to.getTime() - LOOK_BACK_MS))
      const facts = await parts.history.reportFacts(since)
      const cards = plans.map(({ plan: { id, name }, protection }) => ({ id, name, protection }))
      return reportOf({ ...facts, machine, now, verdict, plans: cards }, period)
    },
    async export({ format, paper, ...query }, actor) {
      const report = await port.get(query)
      const what = { at: parts.now(), act: 'report.export', subject: query.kind, after: { format } }
      await parts.history.audit.append(actOf(auditActor(actor), what))
      const name = `holdfast-${report.period.label.replaceAll(/\W+/g, '-').toLowerCase()}.${format}`
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
