import { randomUUID } from 'node:crypto'
import type { Actor, ChannelInfo, ChannelRequest, DeliveryInfo, KnowPort } from '@holdfast/api'
import { type Channel, HoldfastError, type Message, USUAL_REPORT_TIMES } from '@holdfast/domain'
import type { Delivery, History } from '@holdfast/history'
import { actOf, auditActor } from '../audit.ts'
import type { Channels } from '../notify/channels.ts'
import type { Outbox } from '../notify/outbox.ts'
import { isPushEndpoint } from '../notify/push-sender.ts'
import type { ReportDesk } from '../reports/report-desk.ts'

/** What a new push takes unless told otherwise. */
const USUAL_KINDS = ['failure', 'recovery', 'reminder', 'notice'] as const

/** Incidents, channels and their tests. */
export function createKnowPort(parts: {
  readonly history: Pick<History, 'incidents' | 'deliveries' | 'audit'>
  readonly channels: Channels
  readonly outbox: Pick<Outbox, 'sendNow'>
  readonly vapidKey: string
  readonly pushHosts: readonly string[]
  /** `changed` is to be called when a channel's times may be others. */
  readonly reports: Pick<ReportDesk, 'message'> & { readonly changed: () => Promise<void> }
  readonly machine: () => string
  readonly now: () => Date
}): KnowPort {
  const { history, channels, now } = parts

  const note = (
    actor: Actor,
    act: string,
    subject: string,
    values: { before?: unknown; after?: unknown } = {},
  ) => history.audit.append(actOf(auditActor(actor), { at: now(), act, subject, ...values }))

  async function infoOf(channel: Channel, actor: Pick<Actor, 'device'>): Promise<ChannelInfo> {
    const [last] = await history.deliveries.list({ channelId: channel.id, limit: 1 })
    const { target, ...facts } = channel
    return {
      ...facts,
      ...{ kind: target.kind, goesTo: goesTo(target), form: formOf(target) },
      mine: target.kind === 'push' && target.deviceId === actor.device,
      last: last === undefined ? null : deliveryInfo(last),
    }
  }

  function allowed(id: string, actor: Actor & { isOwner: boolean }): Channel {
    const channel = channels.get(id)
    const own = channel.target.kind === 'push' && channel.target.deviceId === actor.device
    if (own || actor.isOwner) return channel
    throw new HoldfastError('NOT_ALLOWED', 'Only an owner may change what is not this device’s own.')
  }

  async function store(channel: Channel, actor: Actor, before?: Channel): Promise<ChannelInfo> {
    await channels.put(channel)
    await note(actor, before === undefined ? 'channel.create' : 'channel.update', channel.id, {
      ...(before === undefined ? {} : { before: audited(before) }),
      after: audited(channel),
    })
    await parts.reports.changed()
    return await infoOf(channel, actor)
  }

  return {
    incidents: (query) => history.incidents.list(query),
    channels: (actor) => Promise.all(channels.list().map((channel) => infoOf(channel, actor))),
    async deliveries(limit) {
      return (await history.deliveries.list({ limit })).map(deliveryInfo)
    },
    vapidKey: () => parts.vapidKey,
    async pushHere(subscription, actor) {
      if (!isPushEndpoint(subscription.endpoint, parts.pushHosts))
        throw new HoldfastError(
          'INPUT_INVALID',
          'This is not the address of a push service that browsers use.',
        )
      const target = { kind: 'push', deviceId: actor.device, ...subscription } as const
      const known = pushOf(channels, actor)
      if (known !== undefined && JSON.stringify(known.target) === JSON.stringify(target))
        return await infoOf(known, actor)
      const fresh: Channel = {
        ...{ id: randomUUID(), name: actor.name, enabled: true, kinds: [...USUAL_KINDS], quiet: null },
        reports: USUAL_REPORT_TIMES,
        ...{ createdAt: now(), target },
      }
      return await store(known === undefined ? fresh : { ...known, target, enabled: true }, actor, known)
    },
    async noPushHere(actor) {
      const known = pushOf(channels, actor)
      if (known === undefined) return
      await channels.remove(known.id)
      await note(actor, 'channel.remove', known.id, { before: audited(known) })
    },
    async save({ id, target, ...rules }, actor) {
      const known = id === undefined ? undefined : channels.get(id)
      const whole = withKept(target, known?.target)
      const channel: Channel = {
        ...rules,
        ...{ id: known?.id ?? randomUUID(), createdAt: known?.createdAt ?? now(), target: whole },
      }
      return await store(channel, actor, known)
    },
    async rules(id, rules, actor) {
      const known = allowed(id, actor)
      return await store({ ...known, ...rules }, actor, known)
    },
    async remove(id, actor) {
      const known = allowed(id, actor)
      await channels.remove(id)
      await note(actor, 'channel.remove', id, { before: audited(known) })
    },
    async test(id, actor) {
      const channel = allowed(id, actor)
      const { kind, answer } = await parts.outbox.sendNow(
        channel,
        testMessage({ at: now(), machine: parts.machine() }),
        AbortSignal.timeout(30_000),
      )
      await note(actor, 'channel.test', id, { after: { kind, answer } })
      return { kind, answer }
    },
    async sendReport(id, period, actor) {
      const channel = allowed(id, actor)
      const message = await parts.reports.message(period, now())
      const { kind, answer } = await parts.outbox.sendNow(channel, message, AbortSignal.timeout(60_000))
      await note(actor, 'channel.report', id, { after: { period, kind, answer } })
      return { kind, answer }
    },
  }
}

function pushOf(channels: Channels, { device }: Pick<Actor, 'device'>): Channel | undefined {
  return channels.list().find(({ target }) => target.kind === 'push' && target.deviceId === device)
}

function testMessage({ at, machine }: { at: Date; machine: string }): Message {
  return {
    ...{ id: randomUUID(), at, machine, kind: 'test', severity: 'info', title: 'This is a test' },
    text: 'Messages about your backups arrive here.',
    ...{ next: null, url: '/settings/notifications/', tag: 'test', data: {} },
  }
}

/** What was left empty stays as it is: a screen never gets it, so it can't send it back. */
function withKept(asked: ChannelRequest['target'], known: Channel['target'] | undefined): Channel['target'] {
  if (known !== undefined && known.kind !== asked.kind)
    throw new HoldfastError('INPUT_INVALID', 'A channel can’t become one of another kind.')
  switch (asked.kind) {
    case 'mail': {
      const kept = known?.kind === 'mail' && asked.user === known.user && asked.host === known.host
      return asked.password === '' && kept ? { ...asked, password: known.password } : asked
    }
    case 'webhook': {
      const kept = known?.kind === 'webhook' ? known : undefined
      const url = asked.url === '' ? kept?.url : asked.url
      if (url === undefined) throw noAddress()
      return { ...asked, url, secret: asked.secret === '' ? (kept?.secret ?? '') : asked.secret }
    }
    case 'ping': {
      const url = asked.url === '' && known?.kind === 'ping' ? known.url : asked.url
      if (url === '') throw noAddress()
      return { ...asked, url }
    }
    default:
      return asked satisfies never
  }
}

function noAddress(): HoldfastError {
  return new HoldfastError('INPUT_INVALID', 'An address is needed.', {
    fields: { 'target.url': ['Paste the address.'] },
  })
}

function goesTo(target: Channel['target']): string {
  switch (target.kind) {
    case 'push':
      return new URL(target.endpoint).host
    case 'mail':
      return target.to.join(', ')
    case 'webhook':
    case 'ping':
      return new URL(target.url).host
    default:
      return target satisfies never
  }
}

function formOf(target: Channel['target']): ChannelInfo['form'] {
  switch (target.kind) {
    case 'push':
      return {}
    case 'mail': {
      const { host, port, security, user, from, to, allowPrivate } = target
      return { host, port, security, user, from, to: to.join(', '), allowPrivate }
    }
    case 'webhook':
      return { format: target.format, allowPrivate: target.allowPrivate, hasSecret: target.secret !== '' }
    case 'ping':
      return { planId: target.planId ?? '', allowPrivate: target.allowPrivate }
    default:
      return target satisfies never
  }
}

function audited({ target, ...facts }: Channel): unknown {
  return { ...facts, kind: target.kind, goesTo: goesTo(target), ...formOf(target) }
}

function deliveryInfo(delivery: Delivery): DeliveryInfo {
  const { seq, channelId, message, state, attempts, finishedAt, createdAt, answer } = delivery
  return { seq, channelId, title: message.title, state, attempts, at: finishedAt ?? createdAt, answer }
}
