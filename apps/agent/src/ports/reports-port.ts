import type { Home, ReportsPort } from '@holdfast/api'
import { DAY_MS, reportOf, reportPeriod } from '@holdfast/domain'
import type { History } from '@holdfast/history'

/** The charts look back a year from the period's end, and begin at a midnight somewhere. */
const LOOK_BACK_MS = 367 * DAY_MS

/** Reports, made from the history when they are asked for. */
export function createReportsPort(parts: {
  readonly history: Pick<History, 'reportFacts'>
  readonly home: (timeZone: string) => Promise<Home>
  readonly now: () => Date
}): ReportsPort {
  return {
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
  }
}
