import type { Home } from '@holdfast/api'
import {
  type Channel,
  lastDue,
  MAILED_PERIODS,
  type MailedPeriod,
  type Message,
  nextDue,
  type Report,
  reportPeriodBefore,
  reportSchedule,
} from '@holdfast/domain'
import type { History } from '@holdfast/history'
import { deliveriesOf } from '../notify/deliveries-of.ts'
import type { Enclosed } from '../notify/mail-sender.ts'
import { readReport } from './read-report.ts'
import { reportFileName } from './report-file-name.ts'
import { reportMail } from './report-mail.ts'
import { ReportNote, reportMessage } from './report-message.ts'
import { reportPdf } from './report-pdf.ts'

/** Sends reports when they are due: to each channel at its own times, each once, one of those that were missed. */
export type ReportDesk = {
  /** Stores what is due now. Safe to repeat, and beside itself. `nextDueAt` is when to look again. */
  look(): Promise<{ readonly stored: boolean; readonly nextDueAt: Date | undefined }>
  /** The report that would be due at a moment. */
  message(period: MailedPeriod, at: Date): Promise<Message>
  /** What a mail of this message has in it: pages for a report, and the PDF for a month. INTERNAL. */
  enclosed(message: Message): Promise<Enclosed>
}

export function createReportDesk(parts: {
  readonly history: Pick<History, 'reportFacts' | 'deliveries'>
  readonly home: (timeZone: string) => Promise<Home>
  readonly channels: () => readonly Channel[]
  /** Where links in mails lead. */
  readonly origin: () => string
  readonly timeZone: string
  /** True while runs that were missed are still being made up for: a report would tell of what is over soon. */
  readonly tooEarly: () => Promise<boolean>
  readonly now: () => Date
  readonly newId: () => string
}): ReportDesk {
  const { history, now, timeZone } = parts

  const read = (period: MailedPeriod, at: Date, zone = timeZone): Promise<Report> =>
    readReport(parts, {
      timeZone: zone,
      periodAt: () => reportPeriodBefore(period, { at, timeZone: zone }),
    })
  const message = async (period: MailedPeriod, at: Date) =>
    reportMessage(await read(period, at), { id: parts.newId(), kind: period, at })

  return {
    async look() {
      const at = now()
      let stored = false
      let nextDueAt: Date | undefined
      for (const { channel, period, schedule } of allOf(parts.channels(), timeZone)) {
        const name = `report-${channel.id}-${period}`
        if (schedule === undefined) {
          // What comes due while nobody wants it is not made up for.
          const off = { name, times: 'off', dueAt: new Date(0) }
          if (await history.deliveries.isDue(off)) await history.deliveries.addDue(off, [])
          continue
        }
        const due = lastDue(schedule, at)
        const next = nextDue(schedule, at)
        if (next !== undefined && (nextDueAt === undefined || next < nextDueAt)) nextDueAt = next
        if (due === undefined) continue
        const occasion = { name, times: schedule.cron, dueAt: due }
        if (!(await history.deliveries.isDue(occasion)) || (await parts.tooEarly())) continue
        const deliveries = deliveriesOf(await message(period, due), [channel], at)
        if (await history.deliveries.addDue(occasion, deliveries)) stored = true
      }
      return { stored, nextDueAt }
    },
    message,
    async enclosed({ kind, data, title, severity }) {
      const note = ReportNote.safeParse(data)
      if (kind !== 'digest' || !note.success) return { attachments: [] }
      const { period, at } = note.data
      const report = await read(period, at, note.data.timeZone)
      const attached = period === 'month'
      return {
        pages: reportMail(report, { title, severity }, { appUrl: parts.origin(), attached }),
        attachments: attached
          ? [
              {
                ...{ filename: reportFileName(report, 'pdf'), contentType: 'application/pdf' },
                content: await reportPdf(report, 'a4'),
              },
            ]
          : [],
      }
    },
  }
}

/** Every report of every channel that could take it; the ones that are wished for with their times. */
function allOf(channels: readonly Channel[], timeZone: string) {
  return channels
    .filter(({ target }) => target.kind !== 'ping')
    .flatMap((channel) =>
      MAILED_PERIODS.map((period) => {
        const wished = channel.enabled && channel.kinds.includes('digest')
        const schedule = wished ? reportSchedule(channel.reports, period, timeZone) : undefined
        return { channel, period, schedule }
      }),
    )
}
