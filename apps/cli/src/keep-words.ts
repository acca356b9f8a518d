import { formatDuration, type KeepRules } from '@holdfast/domain'

/** Keep rules in words: `the last 3, 7 daily, everything of 2 d`. */
export function keepWords({ last, hourly, daily, weekly, monthly, yearly, withinMs }: KeepRules): string {
  const counted = Object.entries({ hourly, daily, weekly, monthly, yearly })
    .filter(([, count]) => count > 0)
    .map(([period, count]) => `${count} ${period}`)
  return [
    ...(last > 0 ? [`the last ${last}`] : []),
    ...counted,
    ...(withinMs === null ? [] : [`everything of ${formatDuration(withinMs)}`]),
  ].join(', ')
}
