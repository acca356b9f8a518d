import { stat } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { appRouter } from '@holdfast/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clientOf, ownerOf, pairDevice, startTestAgent, type TestAgent } from './_test-agent.ts'

let it: TestAgent

const PAGE =
  '<html><head><script>self.x=1</script><script src="/a.js"></script></head><body>home</body></html>'

beforeAll(async () => {
  const web = {
    'index.html': PAGE,
    'ops/index.html': '<html>ops</html>',
    '404.html': '<html>nothing here</html>',
    'sw.js': 'self',
    '_next/static/a1.js': 'const a = 1',
    '_next/static/b2.js': 'const b = 2',
    '_next/static/b2.js.br': brotliCompressSync('const b = "as built"'),
    'manifest.webmanifest': '{}',
  }
  it = await startTestAgent({ web })
})
afterAll(() => it[Symbol.asyncDispose]())

/** fetch sets Host itself; this sends what it is told. */
function rawRequest(options: {
  path: string
  headers: Record<string, string>
  method?: string
  body?: string
}) {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>()
  const { path, headers, method = 'GET' } = options
  const sent = request({ host: '127.0.0.1', port: it.agent.port, path, method, headers }, (answer) => {
    let body = ''
    answer.setEncoding('utf8').on('data', (text: string) => {
      body += text
    })
    answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }))
  })
  sent.on('error', reject)
  sent.end(options.body)
  return promise
}

const json = { 'content-type': 'application/json' }

describe('pairing', () => {
  test('nothing but pairing answers a stranger', async () => {
    const open = ['device.me', 'device.pair', 'device.collect']
    const procedures = Object.entries(appRouter._def.procedures)
    expect(procedures.length).toBeGreaterThan(20)
    for (const [path, procedure] of procedures) {
      if (open.includes(path)) continue
      const type = (procedure as { _def: { type: string } })._def.type
      const response =
        type === 'mutation'
          ? await it.send(`/api/trpc/${path}`, { method: 'POST', headers: json, body: '{}' })
          : await it.send(`/api/trpc/${path}`)
      // A stream says its error as an event, which is how tRPC's client learns of it; then it ends.
      expect([path, response.status]).toEqual([path, type === 'subscription' ? 200 : 401])
      const text = await response.text()
      expect(text).toContain('NOT_PAIRED')
      expect(text).not.toMatch(/\.ts:|at .*\(/)
    }
  })

  test('a stranger is told that it is one', async () => {
    const answer = await clientOf(it.agent, {}).device.me.query()
    expect(answer.device).toBeNull()
  })

  test('the code makes a device an owner, once', async () => {
    const code = it.agent.issueCode()
    const pair = (typed: string) =>
      it.send('/api/trpc/device.pair', {
        method: 'POST',
        headers: json,
        body: JSON.stringify({ code: typed, name: 'Pixel' }),
      })
    const first = await pair(` ${code.toLowerCase().replace('-', '')} `)
    expect(first.status).toBe(200)
    expect(first.headers.get('set-cookie')).toMatch(
      /^holdfast-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict/,
    )
    const second = await pair(code)
    expect(await second.text()).toContain('CODE_EXPIRED')
  })

  test('a paired device reads with its cookie and acts only with its secret too', async () => {
    const { cookie, secret, id } = await pairDevice(it)
    const reading = clientOf(it.agent, { cookie })
    expect((await reading.device.me.query()).device).toMatchObject({ id, role: 'owner' })
    await expect(reading.device.revoke.mutate({ id: id as never })).rejects.toThrow(/secret of this device/)
    const wrong = clientOf(it.agent, { cookie, 'x-holdfast-device': `${secret}x` })
    await expect(wrong.device.revoke.mutate({ id: id as never })).rejects.toThrow(/secret of this device/)
    await clientOf(it.agent, { cookie, 'x-holdfast-device': secret }).device.revoke.mutate({
      id: id as never,
    })
    expect((await reading.device.me.query()).device).toBeNull()
  })

  test('revoking a device ends its live stream at once', async () => {
    const { cookie, id } = await pairDevice(it)
    const stream = await it.send('/api/trpc/live.events', { headers: { cookie } })
    const reader = stream.body?.getReader()
    const first = await reader?.read()
    expect(first?.done).toBe(false)
    await ownerOf(it.agent).device.revoke.mutate({ id: id as never })
    for (;;) {
      const next = await reader?.read()
      if (next === undefined || next.done) break
    }
    expect(await (await it.send('/api/trpc/live.events', { headers: { cookie } })).text()).toContain(
      'NOT_PAIRED',
    )
  })

  test('the token in agent.json lets the same user in, and nobody else may read it', async () => {
    const owner = ownerOf(it.agent)
    expect((await owner.device.me.query()).device).toMatchObject({ role: 'owner' })
    const info = await stat(join(it.home, 'agent.json'))
    expect(info.mode & 0o777).toBe(0o600)
    expect(
      (await clientOf(it.agent, { authorization: `Bearer ${'a'.repeat(43)}` }).device.me.query()).device,
    ).toBeNull()
  })
})

describe('guards', () => {
  const own = () => `127.0.0.1:${it.agent.port}`

  test('a foreign Host is misdirected, on every path', async () => {
    for (const path of ['/', '/api/trpc/device.me'])
      expect((await rawRequest({ path, headers: { host: `evil.example:${it.agent.port}` } })).status).toBe(
        421,
      )
    expect((await rawRequest({ path: '/', headers: { host: `localhost:${it.agent.port}` } })).status).toBe(
      200,
    )
    expect((await rawRequest({ path: '/', headers: { host: 'localhost:1' } })).status).toBe(421)
  })

  test('pages of other origins are refused, also of other ports of this host', async () => {
    const path = '/api/trpc/device.pair'
    const body = JSON.stringify({ code: 'x', name: 'x' })
    const sent = (headers: Record<string, string>) =>
      rawRequest({ path, method: 'POST', body, headers: { host: own(), ...json, ...headers } })
    expect((await sent({ origin: 'https://evil.example' })).status).toBe(403)
    expect(
      (await sent({ origin: `http://127.0.0.1:${it.agent.port + 1}`, 'sec-fetch-site': 'same-site' })).status,
    ).toBe(403)
    for (const site of ['cross-site', 'same-site'])
      expect((await sent({ 'sec-fetch-site': site })).status).toBe(403)
    expect((await sent({ origin: 'null' })).status).toBe(403)
    expect((await sent({ origin: `http://${own()}`, 'sec-fetch-site': 'same-origin' })).body).toContain(
      'CODE_',
    )
  })

  test('forms are refused: only JSON is read', async () => {
    for (const type of [
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'text/plain',
      'application/jsonp',
    ])
      expect(
        (
          await it.send('/api/trpc/device.pair', {
            method: 'POST',
            headers: { 'content-type': type },
            body: '{}',
          })
        ).status,
      ).toBe(415)
    expect(
      (await it.send('/api/trpc/device.pair', { method: 'PUT', headers: json, body: '{}' })).status,
    ).toBe(405)
  })

  test('a body of more than a MiB and a batch of more than twenty are refused', async () => {
    const body = JSON.stringify({ code: 'x'.repeat(1024 * 1024), name: 'x' })
    expect((await it.send('/api/trpc/device.pair', { method: 'POST', headers: json, body })).status).toBe(413)
    const batch = Array.from({ length: 21 }, () => 'device.me').join(',')
    expect((await it.send(`/api/trpc/${batch}?batch=1&input={}`)).status).toBe(400)
  })

  test('what a stranger sends wrong is answered as wrong, and fills no log', async () => {
    const nested = `${'['.repeat(400_000)}${']'.repeat(400_000)}`
    for (const body of ['{', '\0', 'null', nested]) {
      const answer = await it.send('/api/trpc/device.pair', { method: 'POST', headers: json, body })
      expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('INPUT_INVALID')])
    }
    expect((await it.send('/api/trpc/device.me?input={')).status).toBeLessThan(500)
    for (const path of ['%', '__proto__', 'device.pair', `${'device.me,'.repeat(30)}?batch=1`])
      expect((await it.send(`/api/trpc/${path}`)).status).toBeLessThan(500)
    expect(it.logs.filter(({ level }) => level !== 'info')).toEqual([])
  })

  test('errors carry a code and no stack', async () => {
    const owner = ownerOf(it.agent)
    const error = await owner.run.get.query({ id: 'nope' as never }).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ data: { code: 'RUN_UNKNOWN', httpStatus: 404 } })
    expect(JSON.stringify(error)).not.toContain('stack')
  })
})

describe('screens', () => {
  test('a page has a policy with the hash of its own inline script and is asked for again each time', async () => {
    const response = await it.send('/')
    expect(await response.text()).toBe(PAGE)
    expect(response.headers.get('cache-control')).toBe('no-cache')
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("script-src 'self' 'sha256-")
    expect(policy).not.toContain("script-src 'self' 'unsafe-inline'")
    expect(policy.match(/sha256-/g)).toHaveLength(1)
    const again = await it.send('/', { headers: { 'if-none-match': response.headers.get('etag') ?? '' } })
    expect(again.status).toBe(304)
  })

  test('hashed files are kept for ever, the worker is not', async () => {
    expect((await it.send('/_next/static/a1.js')).headers.get('cache-control')).toContain('immutable')
    expect((await it.send('/sw.js')).headers.get('cache-control')).toBe('no-cache')
    expect((await it.send('/manifest.webmanifest')).headers.get('content-type')).toContain(
      'application/manifest+json',
    )
  })

  test('what was compressed when it was built goes to who takes Brotli, and only as that file', async () => {
    const bodyFor = async (coding: string) =>
      (await it.send('/_next/static/b2.js', { headers: { 'accept-encoding': coding } })).text()
    expect(await bodyFor('gzip, br')).toBe('const b = "as built"')
    expect(await bodyFor('gzip')).toBe('const b = 2')
    expect(await bodyFor('identity')).toBe('const b = 2')
    expect((await it.send('/_next/static/b2.js.br')).status).toBe(404)
  })

  test('a folder without its slash is sent on, a missing file is no page, a missing page is the 404 page', async () => {
    const moved = await it.send('/ops')
    expect([moved.status, moved.headers.get('location')]).toEqual([308, '/ops/'])
    expect(await (await it.send('/ops/?run=1')).text()).toContain('ops')
    const missing = await it.send('/gone.js')
    expect([missing.status, missing.headers.get('content-type')]).toEqual([404, 'text/plain; charset=utf-8'])
    const page = await it.send('/gone/')
    expect([page.status, await page.text()]).toEqual([404, '<html>nothing here</html>'])
  })

  test('no path leaves the folder of the screens', async () => {
    for (const path of [
      '/../config.key',
      '/%2e%2e/config.key',
      '/..%2fconfig.key',
      '/%2e%2e%2fconfig.key',
      '//etc/passwd',
    ])
      expect((await rawRequest({ path, headers: { host: `127.0.0.1:${it.agent.port}` } })).status).toBe(404)
  })
})
