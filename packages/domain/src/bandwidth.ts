import { z } from 'zod'
import { parseBytes } from './parse-bytes.ts'
import { KIB } from './units.ts'

/** Bytes per second that rclone may send and receive; null for no limit. */
export const BandwidthLimit = z
  .int()
  .min(KIB, 'At least 1 KiB a second.')
  .max(1024 ** 4)
  .nullable()
export type BandwidthLimit = z.infer<typeof BandwidthLimit>

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'A time of day, like 08:00.')

/** The limits of a day, each from its time of day until the next one's; the last one lasts past midnight. */
export const Timetable = z
  .array(z.object({ at: TimeOfDay, bytesPerSecond: BandwidthLimit }))
  .max(24, 'At most 24 times.')
  .refine((rows) => new Set(rows.map(({ at }) => at)).size === rows.length, 'Each time of day only once.')
  .transform((rows) => rows.toSorted((a, b) => a.at.localeCompare(b.at)))
export type Timetable = z.infer<typeof Timetable>

/** A limit that stands above the timetable for a while; `until` null is the end of the last run that goes on. */
export const LimitNow = z.object({ bytesPerSecond: BandwidthLimit, until: z.coerce.date().nullable() })
export type LimitNow = z.infer<typeof LimitNow>

/** What one machine may use of its connection. */
export const Bandwidth = z.object({
  timetable: Timetable,
  timeZone: z.string().min(1).max(64),
  now: LimitNow.nullable(),
})
export type Bandwidth = z.infer<typeof Bandwidth>

/**
 * The limit at `at`: the one for now while it lasts, else the one of the timetable by the clock on the wall, so that
 * an hour that a change of the clock doubles has its limit twice. Null for none. Throws a RangeError for a zone that
 * is none.
 */
export function limitAt(
  { timetable, timeZone, now }: Bandwidth,
  at: Date,
  runsGoOn: boolean,
): BandwidthLimit {
  if (now !== null && (now.until === null ? runsGoOn : at < now.until)) return now.bytesPerSecond
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' }).format(at)
  return (timetable.findLast((row) => row.at <= clock) ?? timetable.at(-1))?.bytesPerSecond ?? null
}

/**
 * Reads a timetable as rclone's `--bwlimit` takes it: `08:00,512k 19:00,off`, or one limit for the whole day (`1M`).
 * Undefined for anything else.
 */
export function parseTimetable(text: string): Timetable | undefined {
  const words = text.trim().split(/\s+/)
  const rows = words.map((word) => {
    const comma = word.indexOf(',')
    const at = comma === -1 && words.length === 1 ? '00:00' : word.slice(0, Math.max(comma, 0))
    return { at, bytesPerSecond: parseLimit(word.slice(comma + 1)) }
  })
  return Timetable.safeParse(rows).data
}

/** Reads `512k`, `1.5M` or `off`; undefined for anything else. */
export function parseLimit(text: string): BandwidthLimit | undefined {
  return text.toLowerCase() === 'off' ? null : parseBytes(text)
}

/** A timetable in rclone's form: `08:00,512k 19:00,off`. */
export function formatTimetable(timetable: Timetable): string {
  return timetable.map(({ at, bytesPerSecond }) => `${at},${formatLimit(bytesPerSecond)}`).join(' ')
}

/** A limit as rclone takes it: `512k`, `off`. */
export function formatLimit(limit: BandwidthLimit): string {
  if (limit === null) return 'off'
  if (limit % KIB ** 2 === 0) return `${limit / KIB ** 2}M`
  return limit % KIB === 0 ? `${limit / KIB}k` : `${limit}B`
}
