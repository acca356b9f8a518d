import type { Channel, Incident, MailedPeriod, MessageKind, QuietHours, ReportTimes } from '@holdfast/domain'
import type { Actor } from '../context.ts'

/** A channel as screens see it: nothing of it is secret. */
export type ChannelInfo = {
  readonly id: string
  readonly kind: Channel['target']['kind']
  readonly name: string
  readonly enabled: boolean
  readonly kinds: readonly MessageKind[]
  readonly quiet: QuietHours | null
  readonly reports: ReportTimes
  readonly createdAt: Date
  /** Where it goes, in words: mail addresses, the host of a web address. */
  readonly goesTo: string
  /** What can be filled in again when it is changed; passwords and addresses that are secrets are left out. */
  readonly form: Readonly<Record<string, string | number | boolean>>
  /** It is the push of the device that asks. */
  readonly mine: boolean
  readonly last: DeliveryInfo | null
}

export type DeliveryInfo = {
  /** Its number in the outbox. */
  readonly seq: number
  readonly channelId: string
  readonly title: string
  readonly state: 'waiting' | 'sent' | 'given-up'
  readonly attempts: number
  readonly at: Date
  /** What the other side said last. */
  readonly answer: string | null
}

/** What the other side said to a test. */
export type TestAnswer = {
  readonly kind: 'sent' | 'later' | 'gone' | 'refused'
  readonly answer: string
}

type Rules = Pick<Channel, 'name' | 'enabled' | 'kinds' | 'quiet' | 'reports'>

/** A channel to make (no id) or change. An empty password, secret or address of a known channel keeps what it has. */
export type ChannelRequest = Rules & {
  readonly id?: string | undefined
  readonly target: Exclude<Channel['target'], { kind: 'push' }>
}

export type KnowPort = {
  /** Newest first; open ones are those without an end. */
  incidents(query: { before?: string | undefined; limit: number }): Promise<readonly Incident[]>
  channels(actor: Actor): Promise<readonly ChannelInfo[]>
  deliveries(limit: number): Promise<readonly DeliveryInfo[]>
  /** What a browser needs to subscribe. */
  vapidKey(): string
  /** This device takes pushes from now on, also when it did before with another subscription. */
  pushHere(
    subscription: { readonly endpoint: string; readonly p256dh: string; readonly auth: string },
    actor: Actor,
  ): Promise<ChannelInfo>
  /** This device takes none any more. Nothing to do when it did not. */
  noPushHere(actor: Actor): Promise<void>
  /** INPUT_INVALID when a known channel is of another kind. */
  save(request: ChannelRequest, actor: Actor): Promise<ChannelInfo>
  /** Which messages, when, and whether at all. A device may change its own push; all else needs an owner. NOT_ALLOWED. */
  rules(id: string, rules: Rules, actor: Actor & { readonly isOwner: boolean }): Promise<ChannelInfo>
  /** NOT_ALLOWED for another device's push, unless by an owner. */
  remove(id: string, actor: Actor & { readonly isOwner: boolean }): Promise<void>
  /** Sends a test now and answers the other side's own word. NOT_ALLOWED as `remove`. */
  test(id: string, actor: Actor & { readonly isOwner: boolean }): Promise<TestAnswer>
  /** Sends the report of the last week or month now, and answers the other side's own word. NOT_ALLOWED as `remove`. */
  sendReport(
    id: string,
    period: MailedPeriod,
    actor: Actor & { readonly isOwner: boolean },
  ): Promise<TestAnswer>
}
