import { createHmac } from 'node:crypto'
import type { ChannelTarget, Message } from '@holdfast/domain'
import { httpAnswer, networkAnswer } from './http-answer.ts'
import { sendOutbound } from './outbound.ts'
import type { Sender } from './sender.ts'

type Webhook = Extract<ChannelTarget, { kind: 'webhook' }>

/** Posts messages as ntfy, Slack, Discord or anybody's own program expects them. */
export function createWebhookSender({ now }: { now: () => Date }): Sender<'webhook'> {
  return async (target, message, { signal }) => {
    const { headers, body } = webhookRequest(target, message, now())
    const { url, allowPrivate } = target
    try {
      return httpAnswer(await sendOutbound({ url, method: 'POST', headers, body, allowPrivate, signal }))
    } catch (error) {
      return networkAnswer(error, signal)
    }
  }
}

/**
 * The request of one message. A generic one is JSON; with a secret it carries `Holdfast-Timestamp` (seconds) and
 * `Holdfast-Signature: sha256=<hex>`, the HMAC-SHA256 of `<timestamp>.<body>`. Pure.
 */
export function webhookRequest(
  { format, url, secret }: Pick<Webhook, 'format' | 'url' | 'secret'>,
  message: Message,
  now: Date,
): { headers: Record<string, string>; body: string } {
  const json = { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'Holdfast' }
  const { title, text, next, machine, severity } = message
  switch (format) {
    case 'ntfy': {
      // The topic is the last part of the address; JSON publishing goes to the server's root, headers to the topic.
      const authorization: Record<string, string> = secret === '' ? {} : { authorization: `Bearer ${secret}` }
      const headers = {
        ...{ 'content-type': 'text/plain; charset=utf-8', 'user-agent': 'Holdfast', ...authorization },
        ...{ title: encodedWord(`${title} (${machine})`), tags: NTFY_TAGS[severity] },
        priority: severity === 'failing' ? '4' : '3',
      }
      return { headers, body: paragraphs(text, next) }
    }
    case 'slack':
      return {
        headers: json,
        body: JSON.stringify({
          text: `*${slackText(title)}* (${slackText(machine)})\n${slackText(paragraphs(text, next))}`,
        }),
      }
    case 'discord':
      return {
        headers: json,
        body: JSON.stringify({
          content: `**${title}** (${machine})\n${paragraphs(text, next)}`.slice(0, 2000),
          // A file's name shall call nobody.
          allowed_mentions: { parse: [] },
        }),
      }
    case 'json': {
      const body = JSON.stringify({
        format: 'holdfast-message',
        version: 1,
        host: new URL(url).host,
        ...message,
      })
      const timestamp = String(Math.floor(now.getTime() / 1000))
      const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')
      const signed: Record<string, string> =
        secret === '' ? {} : { 'holdfast-timestamp': timestamp, 'holdfast-signature': `sha256=${signature}` }
      return { headers: { ...json, ...signed }, body }
    }
    default:
      return format satisfies never
  }
}

const NTFY_TAGS: Readonly<Record<Message['severity'], string>> = {
  failing: 'rotating_light',
  'at-risk': 'warning',
  good: 'white_check_mark',
  info: 'information_source',
}

function paragraphs(text: string, next: string | null): string {
  return next === null ? text : `${text}\n${next}`
}

/** Slack's own three: https://api.slack.com/reference/surfaces/formatting */
function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** A header's text beyond ASCII, by RFC 2047, which ntfy reads. */
function encodedWord(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`
}
