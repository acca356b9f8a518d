import { DAY_MS, formatDuration, HOUR_MS } from './units.ts'

export const SEVERITIES = ['at-risk', 'failing'] as const
export type Severity = (typeof SEVERITIES)[number]

/** Something that is wrong now with a subject: a plan's id, or `machine`. */
export type Condition = {
  readonly subject: string
  readonly severity: Severity
  /** For programs; what is wrong may change while the incident stays the same. */
  readonly code: string
  readonly sentence: string
}

/** What was wrong with one subject, from when it was noticed to when it was right again. One open one per subject. */
export type Incident = {
  readonly id: string
  readonly subject: string
  /** The worst that it was. */
  readonly severity: Severity
  readonly code: string
  readonly sentence: string
  readonly openedAt: Date
  /** How many reminders were due and said, late ones included. */
  readonly reminders: number
  /** It comes and goes: that was said once, and it ends only after a calm while. */
  readonly flapping: boolean
  /** Since when nothing is wrong, while it waits for the calm to last. */
  readonly calmSince: Date | null
  readonly recoveredAt: Date | null
}

/** What somebody should hear of an incident, now. */
export type Announcement = {
  readonly kind: 'opened' | 'reminder' | 'escalated' | 'flapping' | 'recovered'
  readonly incident: Incident
}

/** The second, the third day, then every week. */
const REMINDERS_MS = [DAY_MS, 3 * DAY_MS, 7 * DAY_MS] as const
const FLAPPING_OPENINGS = 4
const FLAPPING_WITHIN_MS = DAY_MS
const CALM_MS = 6 * HOUR_MS

/**
 * The next state of one subject's incident, and what to say of it; undefined when there is none and nothing to say.
 * `recent` are its incidents that have ended, in any order: the fourth opening within a day is flapping, said once, and
 * over when nothing was wrong for six hours. Pure; to be called at every event and every minute; calling it again with
 * its own answer at the same moment says nothing more. A clock that is set back delays reminders and does no other harm.
 */
export function stepIncident(
  known: {
    readonly open: Incident | undefined
    readonly recent: readonly Pick<Incident, 'openedAt'>[]
  },
  condition: Condition | undefined,
  { now, newId }: { now: Date; newId: () => string },
): { incident: Incident; announce: Announcement['kind'] | undefined } | undefined {
  const { open, recent } = known
  if (open === undefined) return condition && opened(condition, { recent, now, id: newId() })
  return condition === undefined ? calmed(open, now) : continued(open, condition, now)
}

function opened(
  { subject, severity, code, sentence }: Condition,
  { recent, now, id }: { recent: readonly Pick<Incident, 'openedAt'>[]; now: Date; id: string },
): { incident: Incident; announce: Announcement['kind'] } {
  const lately = recent.filter(
    ({ openedAt }) => Math.abs(now.getTime() - openedAt.getTime()) < FLAPPING_WITHIN_MS,
  )
  const flapping = lately.length + 1 >= FLAPPING_OPENINGS
  const incident: Incident = {
    ...{ id, subject, severity, code, sentence, openedAt: now, reminders: 0 },
    ...{ flapping, calmSince: null, recoveredAt: null },
  }
  return { incident, announce: flapping ? 'flapping' : 'opened' }
}

function continued(
  open: Incident,
  { severity, code, sentence }: Condition,
  now: Date,
): { incident: Incident; announce: Announcement['kind'] | undefined } {
  const due = remindersDue(now.getTime() - open.openedAt.getTime())
  const escalates = severity === 'failing' && open.severity === 'at-risk'
  const incident: Incident = {
    ...{ ...open, code, sentence, calmSince: null },
    severity: escalates ? severity : open.severity,
    reminders: Math.max(open.reminders, due),
  }
  if (escalates) return { incident, announce: 'escalated' }
  return { incident, announce: due > open.reminders ? 'reminder' : undefined }
}

function calmed(
  open: Incident,
  now: Date,
): { incident: Incident; announce: Announcement['kind'] | undefined } {
  if (!open.flapping) return { incident: { ...open, recoveredAt: now }, announce: 'recovered' }
  const since = open.calmSince ?? now
  if (now.getTime() - since.getTime() < CALM_MS)
    return { incident: { ...open, calmSince: since }, announce: undefined }
  return { incident: { ...open, calmSince: since, recoveredAt: now }, announce: 'recovered' }
}

/** How many reminders an incident of this age has had. */
function remindersDue(ageMs: number): number {
  const [first, second, week] = REMINDERS_MS
  if (ageMs < first) return 0
  if (ageMs < second) return 1
  return ageMs < week ? 2 : 2 + Math.floor(ageMs / week)
}

/** The sentence that tells of it: the title of a push, the subject of a mail. */
export function announcementTitle({ kind, incident }: Announcement, name: string): string {
  const lasted = formatDuration(
    (incident.recoveredAt ?? incident.openedAt).getTime() - incident.openedAt.getTime(),
  )
  switch (kind) {
    case 'opened':
    case 'escalated':
      return incident.severity === 'failing' ? `${name} is failing` : `${name} is at risk`
    case 'reminder':
      return incident.severity === 'failing' ? `${name} is still failing` : `${name} is still at risk`
    case 'flapping':
      return `${name} fails and recovers again and again`
    case 'recovered':
      return `${name} recovered after ${lasted}`
    default:
      return kind satisfies never
  }
}
