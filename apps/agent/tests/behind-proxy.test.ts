import type { IncomingMessage } from 'node:http'
import { request as startRequest } from 'node:https'
import { Readable } from 'node:stream'
import { startTlsProxy, testCertificate } from '@holdfast/testkit'
import { expect, test } from 'vitest'
import { ownerOf, readEvents, startTestAgent } from './_test-agent.ts'

type Answer = { status: number; cookies: string[]; body: string }

/** A real request over TLS to the proxy, whose certificate is its own authority. */
async function ask(
  url: string,
  by: { ca: string; headers?: Record<string, string>; post?: unknown },
): Promise<Answer> {
  const response = await open(url, by)
  let body = ''
  for await (const part of response.setEncoding('utf8')) body += part
  const cookies = response.headers['set-cookie'] ?? []
  return { status: response.statusCode ?? 0, cookies, body }
}

function open(
  url: string,
  { ca, headers, post }: { ca: string; headers?: Record<string, string>; post?: unknown },
) {
  const answered = Promise.withResolvers<IncomingMessage>()
  const json = post === undefined ? {} : { 'content-type': 'application/json' }
  const method = post === undefined ? 'GET' : 'POST'
  const request = startRequest(
    url,
    { ca, servername: 'localhost', agent: false, method, headers: { ...json, ...headers } },
    answered.resolve,
  )
  request.on('error', answered.reject)
  request.end(post === undefined ? undefined : JSON.stringify(post))
  return answered.promise
}

test('behind a proxy that has the certificate, devices pair, act and listen under its name, and under no other', async () => {
  const certificate = testCertificate()
  const ca = certificate.cert
  await using proxy = await startTlsProxy(certificate)
  const origin = `https://localhost:${proxy.port}`
  await using it = await startTestAgent({
    config: { origins: [origin] },
    web: { 'index.html': '<h1>Home</h1>' },
  })
  proxy.leadTo(it.agent.port)
  expect(await ask(`${origin}/`, { ca })).toMatchObject({ status: 200, body: '<h1>Home</h1>' })

  const { code, link } = await ownerOf(it.agent).device.issueCode.mutate({ role: 'owner' })
  expect(link).toBe(`${origin}/pair/#${code}`)
  const call = (path: string, by: Omit<Parameters<typeof ask>[1], 'ca'> = {}) =>
    ask(`${origin}/api/trpc/${path}`, { ca, ...by })
  const paired = await call('device.pair', { headers: { origin }, post: { code, name: 'Phone' } })
  expect(paired.cookies[0]).toMatch(/^__Host-holdfast-session=[^;]+; .*HttpOnly.*; Secure$/)
  const { secret, device } = JSON.parse(paired.body).result.data
  const cookie = paired.cookies[0]?.split(';')[0] ?? ''
  expect(JSON.parse((await call('device.me', { headers: { cookie } })).body).result.data).toMatchObject({
    device: { name: 'Phone' },
  })

  const rename = (headers: Record<string, string>) =>
    call('device.rename', {
      headers: { cookie, origin, ...headers },
      post: { id: device.id, name: 'My phone' },
    })
  expect((await rename({})).status).toBe(403)
  expect((await rename({ 'x-holdfast-device': secret })).status).toBe(200)

  // A session from under the secure name is none at the agent's own port.
  const beside = await it.send('/api/trpc/device.me', { headers: { cookie } })
  expect(await beside.json()).toMatchObject({ result: { data: { device: null } } })

  const live = await open(`${origin}/api/trpc/live.events`, { ca, headers: { cookie } })
  const events = readEvents(Readable.toWeb(live) as ReadableStream<Uint8Array>)
  let hello = ''
  for (let i = 0; i < 3 && !hello.includes('hello'); i += 1) hello += (await events.next()).value?.data ?? ''
  expect(hello).toContain('"type":"hello"')
  live.destroy()

  for (const host of ['evil.example', 'localhost', `127.0.0.1:${proxy.port}`])
    expect((await call('device.me', { headers: { cookie, host } })).status, host).toBe(421)
  for (const other of ['https://evil.example', origin.replace('https', 'http'), 'null'])
    expect((await call('device.me', { headers: { cookie, origin: other } })).status, other).toBe(403)
  expect((await call('device.me', { headers: { cookie, 'sec-fetch-site': 'same-site' } })).status).toBe(403)
})
