import { isHoldfastError } from '@holdfast/domain'
import type { OutboundAnswer } from './outbound.ts'
import type { SendAnswer } from './sender.ts'

/** What an HTTP answer means for the next try. 2xx is taken; what may pass by itself is tried again. */
export function httpAnswer({ status, retryAfterMs, text }: OutboundAnswer): SendAnswer {
  const answer = [`HTTP ${status}`, text.trim()].filter((part) => part !== '').join(': ')
  if (status >= 200 && status < 300) return { kind: 'sent', answer }
  if (status === 408 || status === 425 || status === 429 || status >= 500)
    return { kind: 'later', answer, afterMs: retryAfterMs }
  if (status >= 300 && status < 400)
    return { kind: 'refused', answer: `${answer} (redirects are not followed)` }
  return { kind: 'refused', answer }
}

/** A request that had no answer: an address that is not allowed is refused for good, all else may pass. */
export function networkAnswer(error: unknown, signal: AbortSignal): SendAnswer {
  signal.throwIfAborted()
  if (isHoldfastError(error, 'REMOTE_REFUSED'))
    return { kind: 'refused', answer: [error.message, error.next].filter(Boolean).join(' ') }
  if (!(error instanceof Error)) throw error
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : ''
  return { kind: 'later', answer: `${code}${error.message}`.slice(0, 500) }
}
