import { httpAnswer, networkAnswer } from './http-answer.ts'
import { sendOutbound } from './outbound.ts'
import type { Sender } from './sender.ts'

/** Tells a watcher that a run began or how it ended: `<url>/start`, `<url>`, `<url>/fail`, as healthchecks.io has it. */
export function createPingSender(): Sender<'ping'> {
  return async ({ url, allowPrivate }, { kind, data, text }, { signal }) => {
    const address = new URL(url)
    const suffix = kind === 'test' ? '' : (SUFFIX[data.ping ?? ''] ?? '')
    address.pathname = `${address.pathname.replace(/\/+$/, '')}${suffix}`
    const headers = { 'content-type': 'text/plain; charset=utf-8', 'user-agent': 'Holdfast' }
    const request = { url: address.href, method: 'POST', headers, body: text, allowPrivate, signal } as const
    try {
      return httpAnswer(await sendOutbound(request))
    } catch (error) {
      return networkAnswer(error, signal)
    }
  }
}

const SUFFIX: Readonly<Record<string, string>> = { start: '/start', success: '', fail: '/fail' }
