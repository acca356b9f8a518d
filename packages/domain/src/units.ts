export const SECOND_MS = 1000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

export const KIB = 1024
export const MIB = 1024 * KIB
export const GIB = 1024 * MIB

const BYTE_UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** Bytes as people read them: decimal units, three digits at most (`412 MB`, `1.06 GB`, `12 bytes`). */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  if (unit === 0) return Math.round(bytes) === 1 ? '1 byte' : `${Math.round(bytes)} bytes`
  const digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
  return `${value.toFixed(digits).replace(/\.0+$/, '')} ${BYTE_UNITS[unit]}`
}

/** A length of time in its two largest units: `2 d 4 h`, `3 h 20 min`, `12 s`. Never negative. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / SECOND_MS))
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ]
  const first = parts.findIndex(([n]) => n > 0)
  if (first === -1) return '0 s'
  return parts
    .slice(first, first + 2)
    .filter(([n]) => n > 0)
    .map(([n, unit]) => `${n} ${unit}`)
    .join(' ')
}

/** A moment relative to now, for a sentence: `12 minutes ago`, `yesterday`, `3 days ago`, `just now`. */
export function formatAge(ageMs: number): string {
  if (ageMs < MINUTE_MS) return 'just now'
  if (ageMs < HOUR_MS) return count(Math.floor(ageMs / MINUTE_MS), 'minute')
  if (ageMs < DAY_MS) return count(Math.floor(ageMs / HOUR_MS), 'hour')
  if (ageMs < 2 * DAY_MS) return 'yesterday'
  return count(Math.floor(ageMs / DAY_MS), 'day')
}

function count(n: number, unit: string): string {
  return `${n} ${unit}${n === 1 ? '' : 's'} ago`
}
