import { type Announcement, announcementTitle } from './incident.ts'
import type { Message, MessageKind } from './message.ts'

/** What goes out of an announcement. `name` is the plan's, or the machine's own for what is wrong with it. Pure. */
export function incidentMessage(
  announcement: Announcement,
  { id, at, machine, name, isPlan }: { id: string; at: Date; machine: string; name: string; isPlan: boolean },
): Message {
  const { kind, incident } = announcement
  const over = kind === 'recovered'
  return {
    ...{ id, at, machine },
    kind: MESSAGE_KIND[kind],
    severity: over ? 'good' : incident.severity,
    title: announcementTitle(announcement, name),
    text: over ? `It was: ${incident.sentence}` : incident.sentence,
    next: over ? null : 'Open Holdfast to see why and what to do.',
    url: isPlan && !over ? `/?plan=${encodeURIComponent(incident.subject)}` : '/',
    // One notification per subject: what is over takes the place of what was wrong.
    tag: `incident-${incident.subject}`,
    data: {
      ...{ event: kind, incident: incident.id, subject: incident.subject, code: incident.code },
      ...{ severity: incident.severity, openedAt: incident.openedAt.toISOString() },
      ...(incident.recoveredAt === null ? {} : { recoveredAt: incident.recoveredAt.toISOString() }),
    },
  }
}

const MESSAGE_KIND: Readonly<Record<Announcement['kind'], MessageKind>> = {
  opened: 'failure',
  escalated: 'failure',
  flapping: 'failure',
  reminder: 'reminder',
  recovered: 'recovery',
}
