import { z } from 'zod'

export const MESSAGE_KINDS = ['failure', 'recovery', 'reminder', 'notice', 'digest', 'test'] as const
export type MessageKind = (typeof MESSAGE_KINDS)[number]

/**
 * One thing to tell people, whichever way it goes out. `text` is whole without the title; `url` is the page of the app
 * that shows it, from its root; `tag` replaces an earlier message of the same tag where a device shows both.
 */
export const Message = z.object({
  id: z.string(),
  at: z.coerce.date(),
  kind: z.enum(MESSAGE_KINDS),
  /** `good` is over or fine, `info` is neither. */
  severity: z.enum(['failing', 'at-risk', 'good', 'info']),
  machine: z.string(),
  title: z.string(),
  text: z.string(),
  /** What to do next; null when nothing is to be done. */
  next: z.string().nullable(),
  url: z.string().startsWith('/'),
  tag: z.string(),
  /** The incident's or report's facts for programs. */
  data: z.record(z.string(), z.string()),
})
export type Message = z.infer<typeof Message>

/** When a channel keeps still: from and to as `HH:MM` in a time zone; may span midnight. */
export const QuietHours = z.object({
  from: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
  to: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
  timeZone: z.string(),
})
export type QuietHours = z.infer<typeof QuietHours>

/**
 * When a message may go out: now, or when the quiet hours end. What is failing, and what somebody tests, is never held
 * back.
 */
export function sendAt(
  message: Pick<Message, 'kind' | 'severity'>,
  quiet: QuietHours | null,
  now: Date,
): Date {
  if (quiet === null || quiet.from === quiet.to) return now
  if (message.severity === 'failing' || message.kind === 'test') return now
  const minute = minuteOfDay(now, quiet.timeZone)
  const from = minutes(quiet.from)
  const to = minutes(quiet.to)
  const inside = from < to ? minute >= from && minute < to : minute >= from || minute < to
  if (!inside) return now
  const wait = (to - minute + 24 * 60) % (24 * 60)
  return new Date(now.getTime() - (now.getTime() % 60_000) + wait * 60_000)
}

function minutes(text: string): number {
  const [hour = 0, minute = 0] = text.split(':').map(Number)
  return hour * 60 + minute
}

function minuteOfDay(at: Date, timeZone: string): number {
  const text = new Intl.DateTimeFormat('en-GB', {
    ...{ hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone },
  }).format(at)
  return minutes(text)
}
