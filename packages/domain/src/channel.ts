import { z } from 'zod'
import { MESSAGE_KINDS, type Message, QuietHours } from './message.ts'
import { ReportTimes, USUAL_REPORT_TIMES } from './report-times.ts'

/** How a webhook's body looks, and what its other side is. */
export const WEBHOOK_FORMATS = ['ntfy', 'slack', 'discord', 'json'] as const
export type WebhookFormat = (typeof WEBHOOK_FORMATS)[number]

const Url = z.url({ protocol: /^https?$/ }).max(2048)

/** A browser that takes web push; see the Push API's PushSubscription. */
export const PushTarget = z.object({
  kind: z.literal('push'),
  deviceId: z.string(),
  endpoint: z.url({ protocol: /^https$/ }).max(2048),
  /** base64url: an uncompressed P-256 point and 16 bytes. */
  p256dh: z.string().max(128),
  auth: z.string().max(64),
})
export const MailTarget = z.object({
  kind: z.literal('mail'),
  host: z.string().min(1).max(253),
  port: z.number().int().min(1).max(65535),
  /** `tls` from the first byte, `starttls` required, `none` for a relay on this machine or network. */
  security: z.enum(['tls', 'starttls', 'none']),
  user: z.string().max(320),
  password: z.string().max(1024),
  from: z.email(),
  to: z.array(z.email()).min(1).max(20),
  allowPrivate: z.boolean(),
})
export const WebhookTarget = z.object({
  kind: z.literal('webhook'),
  format: z.enum(WEBHOOK_FORMATS),
  url: Url,
  /** Signs a generic body with HMAC-SHA256; the token of an ntfy server. Empty for none. */
  secret: z.string().max(1024),
  /** Addresses of this machine and its network are refused otherwise. */
  allowPrivate: z.boolean(),
})
/** Told of every run's start and end, as healthchecks.io and its like expect. */
export const PingTarget = z.object({
  kind: z.literal('ping'),
  url: Url,
  /** Only this plan's runs; null for all. */
  planId: z.string().nullable(),
  allowPrivate: z.boolean(),
})

/** Where a channel's messages go. Holds secrets: sealed when stored, never sent to a screen. */
export const ChannelTarget = z.discriminatedUnion('kind', [PushTarget, MailTarget, WebhookTarget, PingTarget])
export type ChannelTarget = z.infer<typeof ChannelTarget>

/** One way to tell somebody. */
export const Channel = z.object({
  id: z.string(),
  name: z.string().min(1).max(100),
  enabled: z.boolean(),
  /** Which messages it takes; a test always comes through. */
  kinds: z.array(z.enum(MESSAGE_KINDS)),
  quiet: QuietHours.nullable(),
  /** When it gets its reports, where it takes those. */
  reports: ReportTimes.default(USUAL_REPORT_TIMES),
  createdAt: z.coerce.date(),
  target: ChannelTarget,
})
export type Channel = z.infer<typeof Channel>

/** True when the channel is to get the message. Pings are no messages: see PingTarget. */
export function takes(channel: Channel, message: Pick<Message, 'kind'>): boolean {
  return (
    channel.enabled &&
    channel.target.kind !== 'ping' &&
    (message.kind === 'test' || channel.kinds.includes(message.kind))
  )
}
