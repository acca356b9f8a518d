import { X509Certificate } from 'node:crypto'
import { get as getPlain } from 'node:http'
import { connect } from 'node:http2'
import { get } from 'node:https'
import { Readable } from 'node:stream'
import { startMailServer, testCertificate } from '@holdfast/testkit'
import { simpleParser } from 'mailparser'
import { expect, test } from 'vitest'
import type { AgentConfig } from '../src/start-agent.ts'
import { ownerOf, pairDevice, readEvents, startTestAgent } from './_test-agent.ts'

const LAN: NonNullable<AgentConfig['lan']> = {
  ...{ on: false, bind: '127.0.0.1', port: 0, onboardingPort: 0, hostName: 'holdfast-test' },
  files: undefined,
}

type Answer = { status: number; body: string; cookies: string[] }

/** A real request over TLS to the machine itself, under the name that the certificate must be good for. */
function ask(
  url: string,
  options: { ca?: string | null; headers?: Record<string, string> },
): Promise<Answer> {
  const { hostname, port, pathname } = new URL(url)
  const done = Promise.withResolvers<Answer>()
  const headers = { host: `${hostname}:${port}`, ...options.headers }
  const tls = { servername: hostname, ...(options.ca ? { ca: options.ca } : {}) }
  get({ host: '127.0.0.1', port, path: pathname, agent: false, headers, ...tls }, (response) => {
    let body = ''
    response.setEncoding('utf8').on('data', (part: string) => {
      body += part
    })
    response.on('end', () =>
      done.resolve({
        ...{ status: response.statusCode ?? 0, body },
        cookies: response.headers['set-cookie'] ?? [],
      }),
    )
  }).on('error', done.reject)
  return done.promise
}

test('off at first; the owner on the machine turns it on, and others trust it by its authority alone', async () => {
  await using it = await startTestAgent({ config: { lan: LAN }, web: { 'index.html': '<h1>Home</h1>' } })
  const api = ownerOf(it.agent)
  expect(await api.lan.get.query()).toEqual({ on: false, forced: false, serving: null })

  const { serving } = await api.lan.set.mutate({ on: true })
  if (serving === null) throw new Error('it does not serve')
  expect(serving.origin).toMatch(/^https:\/\/holdfast-test\.local:\d+$/)
  const ca = serving.authority ?? ''
  expect(new X509Certificate(ca).fingerprint256).toBe(serving.fingerprint)
  await expect(ask(`${serving.origin}/`, {})).rejects.toMatchObject({
    code: 'SELF_SIGNED_CERT_IN_CHAIN',
  })
  expect(await ask(`${serving.origin}/`, { ca })).toMatchObject({ status: 200, body: '<h1>Home</h1>' })

  const { port } = new URL(serving.origin)
  const statusFor = async (headers: Record<string, string>, path = '/') =>
    (await ask(`${serving.origin}${path}`, { ca, headers })).status
  expect(await statusFor({ host: `localhost:${port}` })).toBe(200)
  expect(await statusFor({ host: `127.0.0.1:${port}` })).toBe(200)
  for (const host of ['evil.example', 'holdfast-test.local', `other.local:${port}`, `8.8.8.8:${port}`])
    expect(await statusFor({ host })).toBe(421)
  const path = '/api/trpc/device.me'
  expect(await statusFor({ origin: serving.origin }, path)).toBe(200)
  expect(await statusFor({ origin: `https://localhost:${port}` }, path)).toBe(403)
  expect(await statusFor({ origin: serving.origin.replace('https', 'http') }, path)).toBe(403)
  expect(await statusFor({ 'sec-fetch-site': 'same-site' }, path)).toBe(403)

  const [entry] = await api.audit.list.query({ limit: 5 })
  expect(entry).toMatchObject({ act: 'lan.set', before: { on: false }, after: { on: true } })

  expect(await api.lan.set.mutate({ on: false })).toEqual({ on: false, forced: false, serving: null })
  await expect(ask(`${serving.origin}/`, { ca })).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  // fetch would send a Host of its own.
  const plain = Promise.withResolvers<number | undefined>()
  const headers = { host: `holdfast-test.local:${port}` }
  getPlain({ host: '127.0.0.1', port: it.agent.port, agent: false, headers }, (response) => {
    response.resume()
    plain.resolve(response.statusCode)
  }).on('error', plain.reject)
  expect(await plain.promise).toBe(421)
})

test('the plain page gives fingerprint, certificate and profile, and nothing else', async () => {
  await using it = await startTestAgent({ config: { lan: { ...LAN, on: true } } })
  const { serving } = await ownerOf(it.agent).lan.get.query()
  const at = `http://127.0.0.1:${new URL(serving?.onboarding ?? '').port}`
  const page = await fetch(`${at}/`)
  expect(page.headers.get('set-cookie')).toBeNull()
  const text = await page.text()
  expect(text).toContain(serving?.fingerprint)
  expect(text).toContain('Certificate Trust Settings')
  expect(text).toContain(`href="${serving?.origin}/pair/"`)
  const certificate = await fetch(`${at}/holdfast-ca.crt`)
  expect(certificate.headers.get('content-type')).toBe('application/x-x509-ca-cert')
  const bytes = Buffer.from(await certificate.arrayBuffer())
  expect(new X509Certificate(bytes).fingerprint256).toBe(serving?.fingerprint)
  const profile = await (await fetch(`${at}/holdfast.mobileconfig`)).text()
  expect(profile).toContain(`<data>${bytes.toString('base64')}</data>`)
  for (const path of ['/api/trpc/home', '/pair/', '/../holdfast.db', '/holdfast-ca.key'])
    expect((await fetch(at + path)).status).toBe(404)
  expect((await fetch(`${at}/`, { method: 'POST' })).status).toBe(405)
  await expect(ownerOf(it.agent).lan.set.mutate({ on: false })).rejects.toThrow(/HOLDFAST_LAN/)
})

test('on and its authority survive a restart', async () => {
  await using it = await startTestAgent({ config: { lan: LAN } })
  const api = ownerOf(it.agent)
  const before = await api.lan.set.mutate({ on: true })
  await it.agent[Symbol.asyncDispose]()
  await using again = await startTestAgent({ home: it.home, config: { lan: LAN } })
  const after = await ownerOf(again.agent).lan.get.query()
  expect(after.on).toBe(true)
  expect(after.serving?.fingerprint).toBe(before.serving?.fingerprint)
})

test('HTTP/2 has the same guards, and a live stream beside other questions on one connection', async () => {
  await using it = await startTestAgent({ config: { lan: { ...LAN, on: true } } })
  const { serving } = await ownerOf(it.agent).lan.get.query()
  const [origin, ca] = [serving?.origin ?? '', serving?.authority ?? '']
  const session = connect(origin, {
    ...{ ca, servername: 'holdfast-test.local' },
    lookup: (_host, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
  })
  const statusOf = async (headers: Record<string, string>) => {
    const stream = session.request({ ':path': '/api/trpc/device.me', ...headers })
    const answered = Promise.withResolvers<number | undefined>()
    stream.on('response', (response) => answered.resolve(response[':status']))
    stream.on('error', answered.reject).resume()
    return await answered.promise
  }
  expect(await statusOf({})).toBe(200)
  expect(await statusOf({ origin })).toBe(200)
  expect(await statusOf({ ':authority': 'evil.example' })).toBe(421)
  expect(await statusOf({ origin: 'https://evil.example' })).toBe(403)
  expect(await statusOf({ 'sec-fetch-site': 'same-site' })).toBe(403)

  const token = { authorization: `Bearer ${it.agent.token}` }
  const live = session.request({ ':path': '/api/trpc/live.events', ...token })
  const events = readEvents(Readable.toWeb(live) as ReadableStream<Uint8Array>)
  let hello = ''
  for (let i = 0; i < 3 && !hello.includes('hello'); i += 1) hello += (await events.next()).value?.data ?? ''
  expect(hello).toContain('"type":"hello"')
  expect(await statusOf({})).toBe(200)
  live.close()
  session.close()
})

test('links for people lead to the network once it is served, and to the machine before', async () => {
  const certificate = testCertificate()
  const outbound = { pushHosts: [], ca: certificate.cert }
  await using it = await startTestAgent({ config: { lan: LAN, outbound } })
  const api = ownerOf(it.agent)
  const linkOf = async () => (await api.device.issueCode.mutate({ role: 'viewer' })).link
  expect(await linkOf()).toMatch(new RegExp(`^${it.agent.address}/pair/#`))
  const { serving } = await api.lan.set.mutate({ on: true })
  const { link, code, qr } = await api.device.issueCode.mutate({ role: 'viewer' })
  expect(link).toBe(`${serving?.origin}/pair/#${code}`)
  expect(qr.size).toBeGreaterThan(20)
  await pairDevice(it, 'Guest', code)
  await using mail = await startMailServer(certificate)
  const { id } = await api.know.save.mutate({
    ...{ name: 'Ann', enabled: true, kinds: [], quiet: null },
    target: {
      ...{
        kind: 'mail',
        host: 'localhost',
        port: mail.port,
        security: 'starttls',
        user: 'ann',
        password: 'canary',
      },
      ...{ from: 'backup@example.org', to: ['ann@example.org'], allowPrivate: true },
    },
  })
  expect(await api.know.test.mutate({ id })).toMatchObject({ kind: 'sent' })
  const sent = await simpleParser(mail.mails[0] ?? Buffer.alloc(0))
  expect(sent.text).toContain(`${serving?.origin}/`)
  expect(sent.html).toContain(`href="${serving?.origin}/`)
  expect(sent.text).not.toContain('localhost')
  expect(await api.device.list.query()).toMatchObject([{ name: 'Guest', role: 'viewer' }])
})
