import { isIP } from 'node:net'
import type { ChannelTarget, Message } from '@holdfast/domain'
import { createTransport } from 'nodemailer'
import { networkAnswer } from './http-answer.ts'
import { mailOf } from './mail-text.ts'
import { isPrivateAddress, privateAddressRefused, publicLookup } from './outbound.ts'
import type { SendAnswer, Sender } from './sender.ts'

/** A file that goes along with a message. */
export type Attachment = {
  readonly filename: string
  readonly contentType: string
  readonly content: Uint8Array
}

/** What a message really is as a mail: its own pages in place of the short text, and files beside it. */
export type Enclosed = {
  readonly pages?: { readonly subject: string; readonly text: string; readonly html: string } | undefined
  readonly attachments: readonly Attachment[]
}

const ANSWER_MS = 20_000

/**
 * Sends messages over SMTP, one connection each. STARTTLS, where it is chosen, is demanded; certificates are checked
 * against the usual authorities and `ca`. What a server refuses with 5xx is refused, with 4xx is tried again.
 */
export function createMailSender(parts: {
  readonly appUrl: () => string
  /** What a message brings along, such as a report's pages and PDF. */
  readonly enclosed: (message: Message) => Promise<Enclosed>
  readonly ca?: string | undefined
}): Sender<'mail'> {
  return async (target, message, { signal }) => {
    const { pages, attachments } = await parts.enclosed(message)
    const { subject, text, html } = pages ?? mailOf(message, { appUrl: parts.appUrl() })
    try {
      const address = target.allowPrivate ? target.host : await publicAddress(target.host)
      await using transport = openTransport(target, { address, ca: parts.ca, signal })
      const { response, rejected } = await transport.send({
        ...{ from: { name: `Holdfast on ${message.machine}`, address: target.from }, to: target.to },
        ...{ subject, text, html },
        // A retried message is the same message for a mail program.
        messageId: `<${message.id}@holdfast>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
        attachments: attachments.map(({ content, ...facts }) => ({
          ...facts,
          content: Buffer.from(content),
        })),
      })
      const left = rejected.length === 0 ? '' : ` (not taken for ${rejected.join(', ')})`
      return { kind: 'sent', answer: `${response}${left}`.slice(0, 500) }
    } catch (error) {
      return mailAnswer(error, signal)
    }
  }
}

function openTransport(
  { host, port, security, user, password }: Extract<ChannelTarget, { kind: 'mail' }>,
  { address, ca, signal }: { address: string; ca: string | undefined; signal: AbortSignal },
) {
  const transport = createTransport({
    ...{ host: address, port, secure: security === 'tls', requireTLS: security === 'starttls' },
    ...(security === 'none' ? { ignoreTLS: true } : {}),
    ...(user === '' ? {} : { auth: { user, pass: password } }),
    // The certificate has to be the name's, whichever address was checked.
    tls: { ...(isIP(host) === 0 ? { servername: host } : {}), ...(ca === undefined ? {} : { ca }) },
    ...{ connectionTimeout: ANSWER_MS, greetingTimeout: ANSWER_MS, socketTimeout: ANSWER_MS },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  })
  const stop = () => transport.close()
  signal.addEventListener('abort', stop)
  return {
    send: (mail: Parameters<typeof transport.sendMail>[0]) => transport.sendMail(mail),
    async [Symbol.asyncDispose]() {
      signal.removeEventListener('abort', stop)
      transport.close()
    },
  }
}

/** The address that was checked is the one that is used. */
async function publicAddress(host: string): Promise<string> {
  const found = Promise.withResolvers<string>()
  if (isIP(host) !== 0) {
    if (isPrivateAddress(host)) throw privateAddressRefused(host)
    return host
  }
  publicLookup(host, { all: false }, (error, address) => {
    if (error !== null) found.reject(error)
    else found.resolve(String(address))
  })
  return await found.promise
}

/** nodemailer's errors carry the server's own line as `response` and its number as `responseCode`. */
function mailAnswer(error: unknown, signal: AbortSignal): SendAnswer {
  if (!(error instanceof Error)) throw error
  const response = 'response' in error && typeof error.response === 'string' ? error.response : undefined
  const code =
    'responseCode' in error && typeof error.responseCode === 'number' ? error.responseCode : undefined
  if (response === undefined || code === undefined) return networkAnswer(error, signal)
  return { kind: code >= 500 ? 'refused' : 'later', answer: response.slice(0, 500) }
}
