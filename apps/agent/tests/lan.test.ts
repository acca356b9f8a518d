import { X509Certificate } from 'node:crypto'
import { get as getPlain } from 'node:http'
import { get } from 'node:https'
import { expect, test } from 'vitest'
import type { AgentConfig } from '../src/start-agent.ts'
import { ownerOf, startTestAgent } from './_test-agent.ts'

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
    code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
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
