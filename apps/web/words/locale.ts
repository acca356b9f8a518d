/** The screens speak English; dates and numbers follow the reader's own kind of it. */
export const locale = (): string => {
  const mine = typeof navigator === 'undefined' ? undefined : navigator.languages.find((l) => /^en\b/.test(l))
  return mine ?? 'en-GB'
}

let zone: string | undefined

/** Where the reader's clock is: `Europe/Berlin`. Found out once a page, because it costs milliseconds on a phone. */
export function timeZone(): string {
  zone ??= new Intl.DateTimeFormat().resolvedOptions().timeZone
  return zone
}

let counts: Intl.NumberFormat | undefined

/** A count with separators: `168,979`. */
export function formatCount(n: number): string {
  counts ??= new Intl.NumberFormat(locale())
  return counts.format(n)
}

/** A count with its noun: `1 file`, `1,312 files`. */
export function countOf(n: number, noun: string): string {
  return `${formatCount(n)} ${noun}${n === 1 ? '' : 's'}`
}
