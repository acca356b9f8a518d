import type { ChannelTarget, Message } from '@holdfast/domain'
import { startMailServer, testCertificate } from '@holdfast/testkit'
import { simpleParser } from 'mailparser'
import { describe, expect, test } from 'vitest'
import { createMailSender } from './mail-sender.ts'

const MESSAGE: Message = {
  ...{
    id: 'm1',
    at: new Date('2026-11-22T12:00:00Z'),
    kind: 'failure',
    severity: 'failing',
    machine: 'desk',
  },
  ...{
    title: 'Papiere <1> is failing',
    text: 'It failed\ntwice.',
    next: 'Open it.',
    url: '/ops/?run=1',
    tag: 't',
  },
  data: {},
}
const certificate = testCertificate()
const TARGET: Omit<Extract<ChannelTarget, { kind: 'mail' }>, 'port' | 'security'> = {
  ...{ kind: 'mail', host: 'localhost', user: 'ann', password: 'canary', from: 'backup@example.org' },
  ...{ to: ['ann@example.org', 'bob@example.org'], allowPrivate: true },
}
const signal = new AbortController().signal

const nothing = async () => ({ attachments: [] })
const sender = (enclosed: Parameters<typeof createMailSender>[0]['enclosed'] = nothing) =>
  createMailSender({ appUrl: () => 'https://desk.local:8443', enclosed, ca: certificate.cert })

describe('a mail', () => {
  test('arrives as text and HTML with a link, encrypted by STARTTLS, with its attachment', async () => {
    await using server = await startMailServer(certificate)
    const file = { filename: 'report.pdf', contentType: 'application/pdf', content: Buffer.from('%PDF-') }
    const pdf = async () => ({ attachments: [file] })
    const answer = await sender(pdf)({ ...TARGET, port: server.port, security: 'starttls' }, MESSAGE, {
      signal,
    })
    expect(answer).toMatchObject({ kind: 'sent', answer: expect.stringMatching(/^250/) })
    const mail = await simpleParser(server.mails[0] ?? '')
    expect(mail.subject).toBe('Papiere <1> is failing (desk)')
    expect(mail.from?.text).toBe('"Holdfast on desk" <backup@example.org>')
    expect(mail.text).toContain('It failed\ntwice.\n\nOpen it.\n\nhttps://desk.local:8443/ops/?run=1')
    expect(mail.html).toContain('Papiere &lt;1&gt; is failing')
    expect(mail.attachments.map(({ filename }) => filename)).toEqual(['report.pdf'])
  })

  test('goes over TLS from the first byte, and in the clear only where that is chosen', async () => {
    await using tls = await startMailServer(certificate, { secure: true })
    expect(await sender()({ ...TARGET, port: tls.port, security: 'tls' }, MESSAGE, { signal })).toMatchObject(
      { kind: 'sent' },
    )
    await using plain = await startMailServer(certificate, {
      disabledCommands: ['STARTTLS'],
      authOptional: true,
    })
    const clear = { ...TARGET, port: plain.port, user: '', password: '' }
    const refused = await sender()({ ...clear, security: 'starttls' }, MESSAGE, { signal })
    expect(refused.kind).not.toBe('sent')
    expect(await sender()({ ...clear, security: 'none' }, MESSAGE, { signal })).toMatchObject({
      kind: 'sent',
    })
    expect(plain.mails).toHaveLength(1)
  })

  test("that is not taken gives the server's own words, and never the password", async () => {
    await using server = await startMailServer(certificate, {
      onRcptTo: (_address, _session, done) =>
        done(Object.assign(new Error('Mailbox full, try later'), { responseCode: 452 })),
    })
    const target = { ...TARGET, port: server.port, security: 'starttls' } as const
    expect(await sender()(target, MESSAGE, { signal })).toMatchObject({
      ...{ kind: 'later', answer: expect.stringContaining('Mailbox full') },
    })
    const wrong = await sender()({ ...target, password: 'canary-2' }, MESSAGE, { signal })
    expect(wrong).toMatchObject({ kind: 'refused', answer: expect.stringMatching(/^535/) })
    expect(JSON.stringify(wrong)).not.toContain('canary')
    const hidden = await sender()({ ...target, allowPrivate: false }, MESSAGE, { signal })
    expect(hidden).toMatchObject({ kind: 'refused', answer: expect.stringContaining('its network') })
    const strange = createMailSender({ appUrl: () => 'https://desk.local', enclosed: nothing })
    expect((await strange(target, MESSAGE, { signal })).kind).toBe('later')
  })
})
