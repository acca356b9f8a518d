/** The moments of whole days in this device's own zone, first and last included; `2026-11-22`, empty for no end. */
export function dayRange(from: string, to: string): { since?: string; until?: string } {
  const since = midnightOf(from, 0)
  const until = midnightOf(to, 1)
  return {
    ...(since !== undefined && { since: since.toISOString() }),
    ...(until !== undefined && { until: new Date(until.getTime() - 1).toISOString() }),
  }
}

/** The first moment of a day, or of one some days later: by the calendar, because a day may have 23 hours. */
function midnightOf(day: string, later: number): Date | undefined {
  const [year, month, date] = day.split('-').map(Number)
  if (year === undefined || month === undefined || date === undefined || !(year > 1970)) return undefined
  return new Date(year, month - 1, date + later)
}
