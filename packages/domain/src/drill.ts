import { assertNever } from './assert-never.ts'
import type { PlanOptions } from './plan-options.ts'
import { DAY_MS } from './units.ts'

/**
 * True when a plan's drill is due: a week or a month (30 days) after the last one, or after the plan was made. A drill
 * that did not agree is due again at once.
 */
export function drillDue(
  every: PlanOptions['drill']['every'],
  facts: {
    readonly lastDrill: { readonly at: Date; readonly mismatches: number } | undefined
    readonly createdAt: Date
  },
  now: Date,
): boolean {
  const { lastDrill } = facts
  const sinceMs = now.getTime() - (lastDrill?.at ?? facts.createdAt).getTime()
  switch (every) {
    case 'never':
      return false
    case 'week':
      return (lastDrill?.mismatches ?? 0) > 0 || sinceMs >= 7 * DAY_MS
    case 'month':
      return (lastDrill?.mismatches ?? 0) > 0 || sinceMs >= 30 * DAY_MS
    default:
      return assertNever(every)
  }
}
