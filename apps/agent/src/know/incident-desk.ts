import {
  type Announcement,
  type Channel,
  DAY_MS,
  type Incident,
  incidentMessage,
  type Message,
  stepIncident,
} from '@holdfast/domain'
import type { History } from '@holdfast/history'
import { deliveriesOf } from '../notify/deliveries-of.ts'
import type { Verdict } from './conditions.ts'

/** Looks after what is wrong: opens incidents, reminds of them, ends them, and says so once. */
export type IncidentDesk = {
  /**
   * Looks at everything now. Calls while one is under way are answered by one more look after it, so whatever was done
   * before the call is seen. What is to be sent is stored with the incident, so nothing is said twice or not at all.
   */
  look(): Promise<void>
}

export function createIncidentDesk(parts: {
  readonly history: Pick<History, 'incidents' | 'plans'>
  readonly now: () => Date
  readonly newId: () => string
  readonly machine: () => string
  /** What subjects that are no plan are called: other machines. */
  readonly names: () => ReadonlyMap<string, string>
  /** Every subject there is, now. */
  readonly verdicts: () => Promise<readonly Verdict[]>
  readonly channels: () => readonly Channel[]
  /** There is something to send, or to show. */
  readonly onAnnounced: (announcements: readonly Announcement[]) => void
}): IncidentDesk {
  const { history, now, newId } = parts
  let underWay: Promise<void> | undefined
  let again: Promise<void> | undefined

  async function lookOnce(): Promise<void> {
    const verdicts = await parts.verdicts()
    const open = new Map((await history.incidents.listOpen()).map((one) => [one.subject, one]))
    const changed: Incident[] = []
    const announcements: Announcement[] = []
    const at = now()
    const subjects = new Map<string, Verdict>(verdicts.map((verdict) => [verdict.subject, verdict]))
    // What is gone is no longer wrong.
    for (const subject of open.keys())
      if (!subjects.has(subject)) subjects.set(subject, { subject, state: 'known', condition: undefined })
    for (const verdict of subjects.values()) {
      if (verdict.state === 'held') continue
      const { subject, condition } = verdict
      const known = open.get(subject)
      if (known === undefined && condition === undefined) continue
      const recent =
        known === undefined ? await history.incidents.listEnded(subject, new Date(at.getTime() - DAY_MS)) : []
      const step = stepIncident({ open: known, recent }, condition, { now: at, newId })
      if (step === undefined) continue
      changed.push(step.incident)
      if (step.announce !== undefined) announcements.push({ kind: step.announce, incident: step.incident })
    }
    if (changed.length === 0) return
    const messages = await messagesOf(announcements, at)
    const deliveries = messages.flatMap((message) => deliveriesOf(message, parts.channels(), at))
    await history.incidents.apply(changed, deliveries)
    if (announcements.length > 0) parts.onAnnounced(announcements)
  }

  async function messagesOf(announcements: readonly Announcement[], at: Date): Promise<Message[]> {
    if (announcements.length === 0) return []
    const names = new Map<string, string>((await history.plans.list()).map(({ id, name }) => [id, name]))
    const others = parts.names()
    return (
      announcements
        // A plan, or another machine, that was removed has nobody to tell.
        .filter(
          ({ incident: { subject } }) => subject === 'machine' || names.has(subject) || others.has(subject),
        )
        .map((announcement) => {
          const { subject } = announcement.incident
          const name = names.get(subject)
          return incidentMessage(announcement, {
            ...{ id: newId(), at, machine: parts.machine() },
            ...{ name: name ?? others.get(subject) ?? parts.machine(), isPlan: name !== undefined },
          })
        })
    )
  }

  return {
    look() {
      if (underWay === undefined) {
        underWay = lookOnce().finally(() => {
          underWay = undefined
        })
        return underWay
      }
      again ??= underWay
        .catch(() => undefined)
        .then(() => {
          again = undefined
          return this.look()
        })
      return again
    },
  }
}
