import { createHmac } from 'node:crypto'
import type { Message } from '@holdfast/domain'
import { startHttpReceiver } from '@holdfast/testkit'
import { describe, expect, test } from 'vitest'
import { isPrivateAddress } from './outbound.ts'
import { createPingSender } from './ping-sender.ts'
import { createWebhookSender, webhookRequest } from './webhook-sender.ts'

const NOON = new Date('2026-11-22T12:00:00Z')
const MESSAGE: Message = {
  ...{
    id: 'm1',
    at: NOON,
    kind: 'failure',
    severity: 'failing',
    machine: 'Schreibtisch',
    tag: 't',
    url: '/',
  },
  ...{ title: 'Fotos <Übersicht> is failing', text: 'The disk & the line failed.', next: 'Look.', data: {} },
}
const send = createWebhookSender({ now: () => NOON })
const signal = new AbortController().signal

describe('a webhook', () => {
  test('in our own JSON is signed so that the other side can check who sent it and when', async () => {
    await using other = await startHttpReceiver()
    const target = {
      kind: 'webhook',
      format: 'json',
      url: `${other.url}/hook`,
      secret: 's',
      allowPrivate: true,
    } as const
    expect(await send(target, MESSAGE, { signal })).toEqual({ kind: 'sent', answer: 'HTTP 200' })
    const [got] = other.received
    const time = String(NOON.getTime() / 1000)
    const hash = createHmac('sha256', 's').update(`${time}.${got?.body.toString()}`).digest('hex')
    expect(got?.headers).toMatchObject({ 'holdfast-timestamp': time, 'holdfast-signature': `sha256=${hash}` })
    expect(JSON.parse(String(got?.body))).toMatchObject({ format: 'holdfast-message', version: 1, id: 'm1' })
  })

  test('speaks ntfy, Slack and Discord, and nothing in a name calls or formats anything', () => {
    const at = { url: 'https://ntfy.sh/backups', secret: 'tk' }
    const ntfy = webhookRequest({ format: 'ntfy', ...at }, MESSAGE, NOON)
    expect(ntfy.headers).toMatchObject({ authorization: 'Bearer tk', priority: '4', tags: 'rotating_light' })
    expect(ntfy.headers.title).toMatch(/^=\?UTF-8\?B\?[\w+/=]+\?=$/)
    const slack = JSON.parse(webhookRequest({ format: 'slack', ...at }, MESSAGE, NOON).body)
    expect(slack.text).toContain(
      '*Fotos &lt;Übersicht&gt; is failing* (Schreibtisch)\nThe disk &amp; the line',
    )
    const discord = JSON.parse(webhookRequest({ format: 'discord', ...at }, MESSAGE, NOON).body)
    expect(discord).toMatchObject({ allowed_mentions: { parse: [] } })
  })

  test('says what the other side answered, and what may pass by itself is tried again', async () => {
    await using other = await startHttpReceiver()
    const target = {
      kind: 'webhook',
      format: 'slack',
      url: other.url,
      secret: '',
      allowPrivate: true,
    } as const
    other.answers.push(
      { status: 404, body: 'no_service' },
      { status: 429, headers: { 'retry-after': '7' } },
      { status: 302, headers: { location: 'http://169.254.169.254/' } },
      { status: 503, body: 'x'.repeat(200_000) },
    )
    expect(await send(target, MESSAGE, { signal })).toEqual({
      kind: 'refused',
      answer: 'HTTP 404: no_service',
    })
    expect(await send(target, MESSAGE, { signal })).toMatchObject({ kind: 'later', afterMs: 7000 })
    expect((await send(target, MESSAGE, { signal })).answer).toBe('HTTP 302 (redirects are not followed)')
    expect(await send(target, MESSAGE, { signal })).toMatchObject({ kind: 'later' })
    expect(other.received).toHaveLength(4)
  })

  test('reaches no private address, by number or by name, unless its owner allows it', async () => {
    await using other = await startHttpReceiver()
    const target = { kind: 'webhook', format: 'json', secret: '', allowPrivate: false } as const
    const urls = [other.url, `http://127.0.0.1:${other.port}`, `http://[::1]:${other.port}`]
    for (const url of [...urls, `http://0x7f.1:${other.port}`, `http://[::ffff:127.0.0.1]:${other.port}`])
      expect((await send({ ...target, url }, MESSAGE, { signal })).kind).toBe('refused')
    expect(other.received).toEqual([])
    const private_ = [
      '10.1.2.3',
      '172.31.0.1',
      '192.168.0.9',
      '169.254.169.254',
      '100.64.0.1',
      'fe80::1',
      'fd00::1',
    ]
    expect(private_.filter((address) => !isPrivateAddress(address))).toEqual([])
    expect(['1.1.1.1', '172.32.0.1', '2606:4700::1111'].filter(isPrivateAddress)).toEqual([])
  })
})

test('a ping tells start, success and failure at the addresses that watchers expect', async () => {
  await using other = await startHttpReceiver()
  const target = { kind: 'ping', url: `${other.url}/ping/uuid/`, planId: null, allowPrivate: true } as const
  for (const ping of ['start', 'success', 'fail'])
    await createPingSender()(target, { ...MESSAGE, kind: 'notice', data: { ping } }, { signal })
  expect(other.received.map(({ path }) => path)).toEqual([
    '/ping/uuid/start',
    '/ping/uuid',
    '/ping/uuid/fail',
  ])
})
