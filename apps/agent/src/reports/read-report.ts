import type { Home } from '@holdfast/api'
import { DAY_MS, type Report, type ReportPeriod, reportOf } from '@holdfast/domain'
import type { History } from '@holdfast/history'

/** The charts look back a year from the period's end, and begin at a midnight somewhere. */
const LOOK_BACK_MS = 367 * DAY_MS

/** The report of a period, made from the history and the verdicts as they are now. INPUT_INVALID for no time zone. */
export async function readReport(
  parts: {
    readonly history: Pick<History, 'reportFacts'>
    readonly home: (timeZone: string) => Promise<Home>
    readonly now: () => Date
  },
  { timeZone, periodAt }: { timeZone: string; periodAt: (now: Date) => ReportPeriod },
): Promise<Report> {
  // Also the check of the time zone.
  const { machine, verdict, plans } = await parts.home(timeZone)
  const now = parts.now()
  const period = periodAt(now)
  const since = new Date(Math.min(period.from.getTime(), period.to.getTime() - LOOK_BACK_MS))
  const facts = await parts.history.reportFacts(since)
  const cards = plans.map(({ plan: { id, name }, protection }) => ({ id, name, protection }))
  return reportOf({ ...facts, machine, now, verdict, plans: cards }, period)
}
