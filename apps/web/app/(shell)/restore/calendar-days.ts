/** A day of a month as a calendar shows it: the number, and which snapshots were made then, oldest first. */
export type CalendarDay = { readonly date: number; readonly snapshots: readonly number[] }

/** A month by its year and number (0 is January), in the reader's own time zone. */
export type Month = { readonly year: number; readonly month: number }

/**
 * The weeks of a month, Monday first, with places before and after it empty. `moments` are in order; a day names them
 * by their number.
 */
export function calendarWeeks(
  { year, month }: Month,
  moments: readonly Date[],
): (CalendarDay | undefined)[][] {
  const days = new Date(year, month + 1, 0).getDate()
  const lead = (new Date(year, month, 1).getDay() + 6) % 7
  const places = Array.from({ length: Math.ceil((lead + days) / 7) * 7 }, (_, i): CalendarDay | undefined => {
    const date = i - lead + 1
    if (date < 1 || date > days) return undefined
    const snapshots = moments.flatMap((at, index) =>
      at.getFullYear() === year && at.getMonth() === month && at.getDate() === date ? [index] : [],
    )
    return { date, snapshots }
  })
  return Array.from({ length: places.length / 7 }, (_, week) => places.slice(week * 7, week * 7 + 7))
}

/** The month so many months later, or earlier. */
export function monthAfter({ year, month }: Month, count: number): Month {
  const first = new Date(year, month + count, 1)
  return { year: first.getFullYear(), month: first.getMonth() }
}

export function monthOf(at: Date): Month {
  return { year: at.getFullYear(), month: at.getMonth() }
}

/** Earlier than zero when `a` is the earlier month. */
export function compareMonths(a: Month, b: Month): number {
  return a.year - b.year || a.month - b.month
}
