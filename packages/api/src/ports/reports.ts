import type { Report, ReportPeriodKind } from '@holdfast/domain'
import type { Actor } from '../context.ts'
import type { Download } from './restores.ts'

/** Which report: the last whole period of a kind, or the one that is going on. */
export type ReportQuery = {
  readonly kind: ReportPeriodKind
  readonly current: boolean
  readonly timeZone: string
}

export const REPORT_FORMATS = ['pdf', 'csv', 'json'] as const
export type ReportFormat = (typeof REPORT_FORMATS)[number]

export type ReportsPort = {
  /** INPUT_INVALID for a time zone that is none. */
  get(query: ReportQuery): Promise<Report>
  /** A link to the report as a file, for the device that asks. */
  export(
    query: ReportQuery & { readonly format: ReportFormat; readonly paper: 'a4' | 'letter' },
    actor: Actor,
  ): Promise<Download>
}
