import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify } from 'node:crypto'
import type { Message } from '@holdfast/domain'
import { type Received, startHttpReceiver, testCertificate } from '@holdfast/testkit'
import { describe, expect, test } from 'vitest'
import { createPushSender, isPushEndpoint, openVapidKeys } from './push-sender.ts'

const certificate = testCertificate()
const signal = new AbortController().signal
const MESSAGE: Message = {
  ...{
    id: 'm1',
    at: new Date('2026-11-22T12:00:00Z'),
    kind: 'failure',
    severity: 'failing',
    machine: 'desk',
  },
  ...{
    title: 'Papers is failing',
    text: 'It failed twice.',
    next: null,
    url: '/?plan=papers',
    tag: 't',
    data: {},
  },
}

/** A browser's half of a subscription. */
function subscribe(endpoint: string) {
  const device = createECDH('prime256v1')
  const p256dh = device.generateKeys('base64url')
  const auth = randomBytes(16)
  const target = { kind: 'push', deviceId: 'd', endpoint, p256dh, auth: auth.toString('base64url') } as const
  return { target, decrypt: (body: Buffer) => decrypted(body, device, auth) }
}

/** RFC 8291 and RFC 8188, by hand: one record of aes128gcm. */
function decrypted(body: Buffer, device: ReturnType<typeof createECDH>, auth: Buffer): string {
  const salt = body.subarray(0, 16)
  const keyLength = body[20] ?? 0
  const sender = body.subarray(21, 21 + keyLength)
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), device.getPublicKey(), sender])
  const ikm = Buffer.from(hkdfSync('sha256', device.computeSecret(sender), auth, info, 32))
  const derive = (label: string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', ikm, salt, Buffer.from(`Content-Encoding: ${label}\0`), bytes))
  const decipher = createDecipheriv('aes-128-gcm', derive('aes128gcm', 16), derive('nonce', 12))
  const record = body.subarray(21 + keyLength)
  decipher.setAuthTag(record.subarray(-16))
  const padded = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()])
  return padded.subarray(0, padded.lastIndexOf(2)).toString('utf8')
}

/** RFC 8292: the token is ours, for this push service, and not for ever. */
function vapidClaims({ headers }: Received, publicKey: string) {
  const [, token = '', key] = /^vapid t=([^,]+), ?k=(.+)$/.exec(headers.authorization ?? '') ?? []
  expect(key).toBe(publicKey)
  const point = Buffer.from(publicKey, 'base64url')
  const [x, y] = [point.subarray(1, 33).toString('base64url'), point.subarray(33).toString('base64url')]
  const [head = '', claims = '', signature = ''] = token.split('.')
  const jwk = { kty: 'EC', crv: 'P-256', x, y }
  const verifier = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' } as const
  expect(
    verify('sha256', Buffer.from(`${head}.${claims}`), verifier, Buffer.from(signature, 'base64url')),
  ).toBe(true)
  return JSON.parse(Buffer.from(claims, 'base64url').toString())
}

async function openPush() {
  const service = await startHttpReceiver(certificate)
  const kept = new Map<string, unknown>()
  const secrets = {
    value: (name: string) => kept.get(name),
    setValue: async (name: string, value: unknown) => void kept.set(name, value),
  }
  const keys = await openVapidKeys(secrets)
  expect(await openVapidKeys(secrets)).toEqual(keys)
  const send = createPushSender({
    ...{
      keys,
      contact: () => 'mailto:ann@example.org',
      origin: () => 'https://desk.local:8443',
      badge: () => 2,
    },
    ...{ extraHosts: [service.host], ca: certificate.cert },
  })
  return { service, keys, send }
}

describe('a push', () => {
  test('is encrypted for its device alone, signed with our key, and says what to show and open', async () => {
    const { service, keys, send } = await openPush()
    await using _ = service
    const { target, decrypt } = subscribe(`${service.url}/send/1`)
    service.answers.push({ status: 201 })
    expect(await send(target, MESSAGE, { signal })).toMatchObject({ kind: 'sent' })
    const [got] = service.received
    if (got === undefined) throw new Error('nothing came')
    const claims = vapidClaims(got, keys.publicKey)
    expect(claims).toMatchObject({ aud: service.url, sub: 'mailto:ann@example.org' })
    expect(got.headers).toMatchObject({ ttl: '86400', urgency: 'high', 'content-encoding': 'aes128gcm' })
    expect(got.headers.topic).toMatch(/^[0-9a-f]{32}$/)
    expect(got.body.length).toBeLessThan(3000)
    expect(JSON.parse(decrypt(got.body))).toMatchObject({
      web_push: 8030,
      notification: {
        ...{ title: 'Papers is failing', body: 'desk: It failed twice.', tag: 't', app_badge: '2' },
        navigate: 'https://desk.local:8443/?plan=papers',
      },
    })
  })

  test('to a subscription that ended says so, and one that is told to wait waits', async () => {
    const { service, send } = await openPush()
    await using _ = service
    const { target } = subscribe(`${service.url}/send/1`)
    service.answers.push(
      { status: 410 },
      { status: 404 },
      { status: 429, headers: { 'retry-after': '60' } },
      { status: 403 },
    )
    expect(await send(target, MESSAGE, { signal })).toMatchObject({ kind: 'gone' })
    expect(await send(target, MESSAGE, { signal })).toMatchObject({ kind: 'gone' })
    expect(await send(target, MESSAGE, { signal })).toMatchObject({ kind: 'later', afterMs: 60_000 })
    expect(await send(target, MESSAGE, { signal })).toMatchObject({ kind: 'refused' })
  })

  test('goes to push services only', async () => {
    expect(isPushEndpoint('https://fcm.googleapis.com/fcm/send/x', [])).toBe(true)
    expect(isPushEndpoint('https://web.push.apple.com/x', [])).toBe(true)
    for (const url of [
      'http://fcm.googleapis.com/x',
      'https://evil.example/fcm.googleapis.com',
      'https://10.0.0.1/',
      'x',
    ])
      expect(isPushEndpoint(url, [])).toBe(false)
    const { service, send } = await openPush()
    await using _ = service
    const { target } = subscribe('https://evil.example/x')
    expect(await send(target, MESSAGE, { signal })).toMatchObject({ kind: 'refused' })
  })
})
