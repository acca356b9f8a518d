import type { ChannelInfo, Inputs } from '#web/trpc/types.ts'

type Target = Inputs['know']['save']['target']
type MailTarget = Extract<Target, { kind: 'mail' }>
type WebhookTarget = Extract<Target, { kind: 'webhook' }>

/** What is typed, as text; secrets begin empty, which keeps a known one. */
export type MailDraft = Omit<MailTarget, 'port' | 'to'> & { readonly port: string; readonly to: string }
export type WebhookDraft = WebhookTarget
export type PingDraft = Extract<Target, { kind: 'ping' }>
export type Draft = MailDraft | WebhookDraft | PingDraft | { readonly kind: 'push' }

/** What a form begins with: what is known, else what is usual. */
export function draftOf(kind: ChannelInfo['kind'], form: ChannelInfo['form'] = {}): Draft {
  const text = (name: string, usual = '') => String(form[name] ?? usual)
  const allowPrivate = form.allowPrivate === true
  switch (kind) {
    case 'push':
      return { kind }
    case 'mail':
      return {
        ...{ kind, host: text('host'), port: text('port', '587'), user: text('user'), password: '' },
        security: securityOf(text('security')),
        ...{ from: text('from'), to: text('to'), allowPrivate },
      }
    case 'webhook':
      return { kind, format: formatOf(text('format')), url: '', secret: '', allowPrivate }
    case 'ping':
      return { kind, url: '', planId: text('planId') === '' ? null : text('planId'), allowPrivate }
    default:
      return kind satisfies never
  }
}

/** What is sent; undefined for a push, which only its own device makes. */
export function targetOf(draft: Draft): Target | undefined {
  switch (draft.kind) {
    case 'push':
      return undefined
    case 'mail': {
      const { port, to, host, ...rest } = draft
      const list = to.split(/[\s,;]+/).filter((address) => address !== '')
      return { ...rest, host: host.trim(), port: Number(port), to: list }
    }
    case 'webhook':
    case 'ping':
      return { ...draft, url: draft.url.trim() }
    default:
      return draft satisfies never
  }
}

function securityOf(text: string): MailTarget['security'] {
  return text === 'tls' || text === 'none' ? text : 'starttls'
}

function formatOf(text: string): WebhookTarget['format'] {
  return text === 'slack' || text === 'discord' || text === 'json' ? text : 'ntfy'
}
