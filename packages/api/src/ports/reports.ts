import type { Report, ReportPeriodKind } from '@holdfast/domain'

/** Which report: the last whole period of a kind, or the one that is going on. */
export type ReportQuery = {
  readonly kind: ReportPeriodKind
  readonly current: boolean
  readonly timeZone: string
}

export type ReportsPort = {
  /** INPUT_INVALID for a time zone that is none. */
  get(query: ReportQuery): Promise<Report>
}
