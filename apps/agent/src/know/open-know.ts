import { randomUUID } from 'node:crypto'
import type { Home, KnowPort, LiveEvent } from '@holdfast/api'
import { type FinishedRun, type Incident, MINUTE_MS, type Plan, type Run } from '@holdfast/domain'
import type { History } from '@holdfast/history'
import type { MachineDesk } from '../machines/machine-desk.ts'
import { type Channels, createChannels } from '../notify/channels.ts'
import { deliveriesOf } from '../notify/deliveries-of.ts'
import { createMailSender } from '../notify/mail-sender.ts'
import { createOutbox } from '../notify/outbox.ts'
import { createPingSender } from '../notify/ping-sender.ts'
import { createPushSender, openVapidKeys } from '../notify/push-sender.ts'
import { createWebhookSender } from '../notify/webhook-sender.ts'
import { createKnowPort } from '../ports/know-port.ts'
import { createReportBell } from '../reports/report-bell.ts'
import { createReportDesk } from '../reports/report-desk.ts'
import type { Secrets } from '../secrets.ts'
import { planVerdict, type Verdict } from './conditions.ts'
import { crashMessage } from './crash-message.ts'
import { createIncidentDesk } from './incident-desk.ts'
import { lockedPinMessage } from './locked-pin-message.ts'
import { pingMessage } from './ping-message.ts'

/** Everything that makes somebody know: incidents, channels, the outbox. */
export type Know = AsyncDisposable & {
  readonly port: KnowPort
  readonly channels: Channels
  /** To be told of everything that is published: runs that begin and end are looked at at once. */
  observe(event: LiveEvent): void
  /** Looks at what is wrong, and sends what is to be said. */
  look(): Promise<void>
  /**
   * Notes that the agent did not end by itself, as an incident that is over, and says so to every channel that takes
   * notices. `doing` says what was under way. Stored when it resolves.
   */
  tellOfCrash(doing: string): Promise<void>
  /**
   * Says to every channel that takes notices, but for the device's own push, that wrong PINs were given there. Stored
   * when it resolves.
   */
  tellOfLockedPin(device: { readonly id: string; readonly name: string }): Promise<void>
}

const LOOK_MS = MINUTE_MS
/** A look that comes this late means that the machine slept. */
const SLEPT_MS = 3 * MINUTE_MS
const RUNS_FOR_USUAL = 20

export async function openKnow(parts: {
  readonly history: History
  readonly secrets: Pick<Secrets, 'value' | 'setValue'>
  readonly home: (timeZone: string) => Promise<Home>
  /** Its name; another one after it took over a machine. */
  readonly machine: () => string
  readonly now: () => Date
  readonly publish: (event: LiveEvent) => void
  readonly onError: (error: unknown) => void
  /** Where a tap or a link leads: the app's own address. */
  readonly origin: () => string
  /** `host:port` of push services besides the browsers' own, and certificates to trust for them and for mail. */
  readonly outbound?: { readonly pushHosts: readonly string[]; readonly ca?: string | undefined } | undefined
  /** The machine's: reports are due by it. */
  readonly timeZone: string
  /** Other machines that this one watches. */
  readonly machines: Pick<MachineDesk, 'verdicts' | 'names'>
}): Promise<Know> {
  const { history, now, onError, machine, origin, outbound = { pushHosts: [] } } = parts
  await using stack = new AsyncDisposableStack()
  const channels = createChannels(parts.secrets)
  const vapid = await openVapidKeys(parts.secrets)
  let badge = (await history.incidents.listOpen()).length
  let awakeSince = now()
  let lastLook = now()

  const reports = createReportDesk({
    ...{ history, now, origin, channels: channels.list, newId: randomUUID },
    ...{ home: parts.home, timeZone: parts.timeZone },
    tooEarly: async () => (await verdicts()).some(({ state }) => state === 'held'),
  })
  const outbox = stack.use(
    createOutbox({
      ...{ history, channels: channels.list, now, onError },
      senders: {
        push: createPushSender({
          ...{ keys: vapid, origin, badge: () => badge, contact: () => contactOf(channels) },
          ...{ extraHosts: outbound.pushHosts, ca: outbound.ca },
        }),
        mail: createMailSender({ appUrl: origin, enclosed: reports.enclosed, ca: outbound.ca }),
        webhook: createWebhookSender({ now }),
        ping: createPingSender(),
      },
      onGone: async ({ id }) => {
        await channels.remove(id)
        await history.deliveries.dropWaiting(id, now())
      },
    }),
  )

  async function verdicts(): Promise<Verdict[]> {
    const { plans } = await parts.home('UTC')
    const ofPlans = await Promise.all(
      plans.map(async (card) => {
        const late = card.protection.code === 'overdue' || card.protection.code === 'long-overdue'
        const usualRunMs = late ? await usualRun(history, card.plan) : 0
        return planVerdict(card, { now: now(), awakeSince, usualRunMs })
      }),
    )
    return [...ofPlans, ...parts.machines.verdicts()]
  }

  const desk = createIncidentDesk({
    ...{ history, now, machine, verdicts, channels: channels.list, newId: randomUUID },
    names: parts.machines.names,
    onAnnounced: () => {
      parts.publish({ type: 'incidents' })
      outbox.wake()
    },
  })

  async function look(): Promise<void> {
    if (now().getTime() - lastLook.getTime() > SLEPT_MS) awakeSince = now()
    lastLook = now()
    badge = (await history.incidents.listOpen()).length
    await desk.look()
    await lookForReports()
  }

  const bell = stack.use(
    createReportBell({ now, onError, onRing: () => void lookForReports().catch(onError) }),
  )
  async function lookForReports(): Promise<void> {
    const { stored, nextDueAt } = await reports.look()
    if (stored) outbox.wake()
    await bell.set(nextDueAt)
  }

  async function ping(run: Run): Promise<void> {
    const pings = channels
      .list()
      .filter(
        ({ enabled, target }) =>
          enabled && target.kind === 'ping' && (target.planId === null || target.planId === run.planId),
      )
    if (pings.length === 0) return
    const message = pingMessage(run, { id: randomUUID(), at: now(), machine: machine() })
    if (message === undefined) return
    const at = now()
    await history.deliveries.add(
      pings.map(({ id }) => ({ message, channelId: id, createdAt: at, dueAt: at })),
    )
    outbox.wake()
  }

  // Not at once: an agent that has just started has its catch-up runs before it.
  const timer = setInterval(() => void look().catch(onError), LOOK_MS)
  timer.unref()
  stack.defer(() => clearInterval(timer))

  const port = createKnowPort({
    ...{ history, channels, outbox, machine, now, vapidKey: vapid.publicKey, pushHosts: outbound.pushHosts },
    reports: { message: reports.message, changed: lookForReports },
  })
  const owned = stack.move()
  return {
    ...{ port, channels, look },
    observe(event) {
      if (event.type !== 'run' || event.run.state === 'queued') return
      const { run } = event
      const work = run.state === 'finished' ? Promise.all([ping(run), look()]) : ping(run)
      void work.catch(onError)
    },
    async tellOfCrash(doing) {
      const at = now()
      const message = crashMessage({ id: randomUUID(), at, machine: machine(), doing })
      const incident: Incident = {
        ...{
          id: randomUUID(),
          subject: 'machine',
          severity: 'at-risk',
          code: 'restarted',
          sentence: message.text,
        },
        ...{ openedAt: at, recoveredAt: at, reminders: 0, flapping: false, calmSince: null },
      }
      await history.incidents.apply([incident], deliveriesOf(message, channels.list(), at))
      outbox.wake()
    },
    async tellOfLockedPin(device) {
      const at = now()
      const message = lockedPinMessage({ id: randomUUID(), at, machine: machine(), device })
      const others = channels
        .list()
        .filter(({ target }) => target.kind !== 'push' || target.deviceId !== device.id)
      await history.deliveries.add(deliveriesOf(message, others, at))
      outbox.wake()
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** The median of the plan's last runs that were not cut short; 0 before the first. */
async function usualRun(history: History, { id }: Plan): Promise<number> {
  const lengths = (await history.runs.list({ planId: id, limit: RUNS_FOR_USUAL }))
    .filter((run): run is FinishedRun => run.state === 'finished')
    .filter(({ outcome }) => outcome === 'complete' || outcome === 'incomplete')
    .map(({ startedAt, finishedAt }) => finishedAt.getTime() - startedAt.getTime())
    .toSorted((a, b) => a - b)
  return lengths[Math.floor(lengths.length / 2)] ?? 0
}

/** Push services want somebody to write to; some refuse made-up addresses. */
function contactOf(channels: Channels): string {
  for (const { target } of channels.list()) if (target.kind === 'mail') return `mailto:${target.from}`
  return 'https://www.npmjs.com/package/web-push'
}
