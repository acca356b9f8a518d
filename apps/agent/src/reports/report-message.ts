import type { MailedPeriod, Message, Protection, Report } from '@holdfast/domain'
import { z } from 'zod'

/** What a report's message carries, so that the report can be made again when it is sent. */
export const ReportNote = z.object({
  event: z.literal('report'),
  period: z.enum(['week', 'month']),
  at: z.coerce.date(),
  timeZone: z.string(),
})

/** A report as a short message, for those who take no mail; a mail has the whole of it. Pure. */
export function reportMessage(
  report: Report,
  { id, kind, at }: { id: string; kind: MailedPeriod; at: Date },
): Message {
  const { machine, period, verdict, summary } = report
  const { severity, words } = STATES[verdict.state]
  return {
    ...{ id, at, kind: 'digest', severity, machine, title: `${period.label}: ${words}` },
    ...{ text: `${summary}\n${verdict.sentence}`, next: null, url: '/reports/', tag: `report-${kind}` },
    data: { event: 'report', period: kind, at: at.toISOString(), timeZone: period.timeZone },
  }
}

const STATES: Readonly<
  Record<Protection['state'], { readonly severity: Message['severity']; readonly words: string }>
> = {
  protected: { severity: 'good', words: 'all is well' },
  'at-risk': { severity: 'at-risk', words: 'at risk' },
  failing: { severity: 'failing', words: 'failing' },
  unknown: { severity: 'info', words: 'nothing to tell yet' },
}
