import type { ChannelTarget, Message } from '@holdfast/domain'

/** What the other side said, in its own words as far as they may be shown. */
export type SendAnswer = {
  /**
   * `later`: try again, not before `afterMs` when the other side says so. `gone`: this target will never take anything
   * again. `refused`: this message not, and trying again changes nothing.
   */
  readonly kind: 'sent' | 'later' | 'gone' | 'refused'
  readonly answer: string
  readonly afterMs?: number | undefined
}

/** Sends one message once. Answers what came of it; rejects only when `signal` ends it or a bug does. */
export type Sender<Kind extends ChannelTarget['kind']> = (
  target: Extract<ChannelTarget, { kind: Kind }>,
  message: Message,
  options: { readonly signal: AbortSignal },
) => Promise<SendAnswer>

export type Senders = { readonly [Kind in ChannelTarget['kind']]: Sender<Kind> }

export function sendBy(
  senders: Senders,
  target: ChannelTarget,
  message: Message,
  options: { readonly signal: AbortSignal },
): Promise<SendAnswer> {
  switch (target.kind) {
    case 'push':
      return senders.push(target, message, options)
    case 'mail':
      return senders.mail(target, message, options)
    case 'webhook':
      return senders.webhook(target, message, options)
    case 'ping':
      return senders.ping(target, message, options)
    default:
      return target satisfies never
  }
}
