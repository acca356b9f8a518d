import { HoldfastError, hasKeepRule, KeepRules, parseDuration } from '@holdfast/domain'

/** The options that say what a prune keeps, as commander reads them. */
export type KeepOptions = {
  keepLast?: number
  keepHourly?: number
  keepDaily?: number
  keepWeekly?: number
  keepMonthly?: number
  keepYearly?: number
  keepWithin?: string
}

/** The rules; undefined when none is on. USAGE for what is no length of time. */
export function keepRulesOf(options: KeepOptions): KeepRules | undefined {
  const { keepWithin } = options
  const keep = KeepRules.parse({
    last: options.keepLast,
    hourly: options.keepHourly,
    daily: options.keepDaily,
    weekly: options.keepWeekly,
    monthly: options.keepMonthly,
    yearly: options.keepYearly,
    withinMs: keepWithin === undefined ? null : durationOf(keepWithin, '--keep-within'),
  })
  return hasKeepRule(keep) ? keep : undefined
}

/** Milliseconds of `36h`, `7d`, `1y6m`. USAGE for anything else. */
export function durationOf(text: string, option: string): number {
  const durationMs = parseDuration(text)
  if (durationMs !== undefined) return durationMs
  throw new HoldfastError('USAGE', `${option} "${text}" is no length of time: write 36h, 7d, 3w, 6m or 1y6m.`)
}
