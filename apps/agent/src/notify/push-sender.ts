import { createHash } from 'node:crypto'
import { HOUR_MS, type Message, SECOND_MS } from '@holdfast/domain'
import webPush from 'web-push'
import { z } from 'zod'
import type { Secrets } from '../secrets.ts'
import { httpAnswer, networkAnswer } from './http-answer.ts'
import { sendOutbound } from './outbound.ts'
import type { SendAnswer, Sender } from './sender.ts'

/** This installation's identity towards push services; losing it ends every subscription. */
export type VapidKeys = { readonly publicKey: string; readonly privateKey: string }

const Vapid = z.object({ publicKey: z.string(), privateKey: z.string() })

/** The keys of this home, made once and sealed. */
export async function openVapidKeys(secrets: Pick<Secrets, 'value' | 'setValue'>): Promise<VapidKeys> {
  const known = Vapid.safeParse(secrets.value('vapid'))
  if (known.success) return known.data
  const made = webPush.generateVAPIDKeys()
  await secrets.setValue('vapid', made)
  return made
}

/** Where browsers' own push services live; anything else needs `extraHosts`. */
const PUSH_HOSTS = [
  'fcm.googleapis.com',
  '.push.apple.com',
  '.push.services.mozilla.com',
  '.notify.windows.com',
]

/** True for an address that a browser's push service has, or one that the machine's owner allows (`host:port`). */
export function isPushEndpoint(endpoint: string, extraHosts: readonly string[]): boolean {
  if (!URL.canParse(endpoint)) return false
  const { protocol, hostname, host } = new URL(endpoint)
  if (protocol !== 'https:') return false
  if (extraHosts.includes(host)) return true
  return PUSH_HOSTS.some((known) => (known.startsWith('.') ? hostname.endsWith(known) : hostname === known))
}

/**
 * Sends messages as Declarative Web Push JSON (web_push 8030), encrypted by RFC 8291 and signed with VAPID. A message
 * replaces an older one of its tag that the device has not seen yet. A subscription that ended is `gone`.
 */
export function createPushSender(parts: {
  readonly keys: VapidKeys
  /** Whom a push service may write to: a `mailto:` or `https:` address. */
  readonly contact: () => string
  /** The app's own address, for what a tap opens. */
  readonly origin: () => string
  readonly badge: () => number
  /** `host:port` of push services besides the browsers' own; may be on this network. */
  readonly extraHosts: readonly string[]
  /** Certificates of those, as PEM. */
  readonly ca?: string | undefined
}): Sender<'push'> {
  const { keys, contact, origin, badge, extraHosts, ca } = parts
  return async ({ endpoint, p256dh, auth }, message, { signal }) => {
    if (!isPushEndpoint(endpoint, extraHosts))
      return { kind: 'refused', answer: `${new URL(endpoint).host} is no push service.` }
    const { urgency, ttlMs } = URGENCY[message.severity]
    const { headers, body } = webPush.generateRequestDetails(
      { endpoint, keys: { p256dh, auth } },
      pushBody(message, { origin: origin(), badge: badge() }),
      {
        ...{ TTL: ttlMs / SECOND_MS, urgency, topic: topicOf(message), contentEncoding: 'aes128gcm' },
        vapidDetails: { subject: contact(), ...keys },
      },
    )
    const allowPrivate = extraHosts.includes(new URL(endpoint).host)
    const request = { url: endpoint, method: 'POST', body, allowPrivate, ca, signal } as const
    try {
      return pushAnswer(
        await sendOutbound({
          ...request,
          headers: z.record(z.string(), z.union([z.string(), z.number()])).parse(headers),
        }),
      )
    } catch (error) {
      return networkAnswer(error, signal)
    }
  }
}

/** What the device shows. Under 3 kB, so that every push service takes it; names of files never go along. */
function pushBody(
  { title, text, url, tag, severity, machine }: Message,
  { origin, badge }: { origin: string; badge: number },
): string {
  return JSON.stringify({
    web_push: 8030,
    notification: {
      title: title.slice(0, 120),
      body: `${machine}: ${text}`.slice(0, 400),
      navigate: new URL(url, origin).href,
      ...{ tag, lang: 'en', dir: 'auto', silent: severity === 'good' || severity === 'info' },
      app_badge: String(badge),
      data: { path: url },
    },
    app_badge: String(badge),
  })
}

function pushAnswer(answer: Parameters<typeof httpAnswer>[0]): SendAnswer {
  const said = httpAnswer(answer)
  return answer.status === 404 || answer.status === 410 ? { ...said, kind: 'gone' } : said
}

/** Hex, as one push service is said to stumble over `_`; 32 characters are the limit. */
function topicOf({ tag, machine }: Message): string {
  return createHash('sha256').update(`${machine}\n${tag}`).digest('hex').slice(0, 32)
}

const URGENCY: Readonly<Record<Message['severity'], { urgency: 'high' | 'normal'; ttlMs: number }>> = {
  failing: { urgency: 'high', ttlMs: 24 * HOUR_MS },
  'at-risk': { urgency: 'normal', ttlMs: 12 * HOUR_MS },
  good: { urgency: 'normal', ttlMs: 6 * HOUR_MS },
  info: { urgency: 'normal', ttlMs: 6 * HOUR_MS },
}
