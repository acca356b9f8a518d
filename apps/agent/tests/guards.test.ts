import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { appRouter } from '@holdfast/api'
import { startHttpReceiver, startMailServer, testCertificate } from '@holdfast/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  clientOf,
  ownerOf,
  pairDevice,
  startTestAgent,
  type TestAgent,
  temporaryFolder,
} from './_test-agent.ts'
import { followEvents, makePlan, until, writeTree } from './_test-plan.ts'

let it: TestAgent
beforeAll(async () => {
  it = await startTestAgent()
})
afterAll(() => it[Symbol.asyncDispose]())

const json = { 'content-type': 'application/json' }
const signedIn = () => ({ authorization: `Bearer ${it.agent.token}` })

describe('the one-time code', () => {
  const pair = (code: string) =>
    it.send('/api/trpc/device.pair', {
      ...{ method: 'POST', headers: json, body: JSON.stringify({ code, name: 'Guess' }) },
    })

  test('is burnt by five wrong guesses, and guessing is slow whatever code is valid', async () => {
    const code = it.agent.issueCode()
    for (let i = 0; i < 4; i += 1) {
      const wrong = await pair(`AAAA-AAA${i}`)
      expect([wrong.status, await wrong.text()]).toEqual([403, expect.stringContaining('CODE_WRONG')])
    }
    expect(await (await pair('AAAA-AAA9')).text()).toContain('CODE_EXPIRED')
    expect(await (await pair(code)).text()).toContain('CODE_EXPIRED')
    for (let i = 0; i < 4; i += 1) await pair('BBBB-BBBB')
    const next = it.agent.issueCode()
    const slow = await pair(next)
    expect([slow.status, await slow.text()]).toEqual([429, expect.stringContaining('TOO_MANY_TRIES')])
    expect(await ownerOf(it.agent).device.list.query()).toEqual([])
  })

  test('is not guessed by a batch, nor by many at once', async () => {
    // Within the minute of the guesses before: not one of these is looked at.
    it.agent.issueCode()
    const input = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [i, { code: `CCCC-CCC${i % 10}`, name: 'x' }]),
    )
    const path = Array.from({ length: 20 }, () => 'device.pair').join(',')
    const batch = () =>
      it.send(`/api/trpc/${path}?batch=1`, { method: 'POST', headers: json, body: JSON.stringify(input) })
    for (const answer of await Promise.all(Array.from({ length: 10 }, batch)))
      expect((await answer.text()).match(/"code":"TOO_MANY_TRIES"/g)).toHaveLength(20)
  })
})

describe('a download link', () => {
  test('is a random name that stands for one thing: no path leads anywhere else', async () => {
    for (const path of [
      '..',
      '%2e%2e%2fholdfast.db',
      '../../holdfast.db',
      '..%5c..%5cagent.json',
      '%00',
      'x'.repeat(9000),
    ])
      for (const headers of [signedIn(), {}])
        expect([path, (await it.send(`/api/download/${path}`, { headers })).status < 500]).toEqual([
          path,
          true,
        ])
    const answer = await it.send('/api/download/%2e%2e%2fagent.json', { headers: signedIn() })
    expect([answer.status, await answer.text()]).toEqual([404, expect.not.stringContaining(it.agent.token)])
  })

  test('brings what a snapshot holds and nothing beside it, to the device that asked, until it is revoked', async () => {
    await using folder = await temporaryFolder()
    await using agent = await startTestAgent({ home: join(folder.path, 'home') })
    const api = ownerOf(agent.agent)
    const source = join(folder.path, 'docs')
    await writeTree(source, { 'a.txt': 'a', 'big.bin': 'x'.repeat(20_000_000) })
    const place = { source, vault: join(folder.path, 'vault'), passphrase: 'correct horse' }
    const plan = await makePlan(api, place)
    await using events = await followEvents(agent.agent)
    const { id } = await api.run.start.mutate({ planId: plan.id })
    await until(
      events,
      (event) => event.type === 'run' && event.run.id === id && event.run.state === 'finished',
    )
    const [snapshot] = await api.snapshot.list.query({ planId: plan.id })
    const query = { planId: plan.id, snapshot: snapshot?.id ?? '' }
    for (const path of [
      '../home/agent.json',
      '/etc/passwd',
      'docs/../../home/agent.json',
      '..',
      'docs/../..',
    ])
      await expect(api.restore.download.mutate({ ...query, paths: [path] }), path).rejects.toThrow()

    const device = await pairDevice(agent)
    const headers = { cookie: device.cookie, 'x-holdfast-device': device.secret }
    const link = await clientOf(agent.agent, headers).restore.download.mutate({
      ...query,
      paths: ['docs/big.bin'],
    })
    const other = { headers: { authorization: `Bearer ${agent.agent.token}` } }
    expect((await agent.send(link.url, other)).status).toBe(404)
    expect((await agent.send(link.url)).status).toBe(401)
    const loading = await agent.send(link.url, { headers: { cookie: device.cookie } })
    expect(loading.headers.get('x-content-type-options')).toBe('nosniff')
    const reader = loading.body?.getReader()
    expect((await reader?.read())?.done).toBe(false)
    await api.device.revoke.mutate({ id: device.id as never })
    // What was under way ends as a broken transfer, never as a whole file.
    await expect(
      (async () => {
        for (;;) if ((await reader?.read())?.done !== false) return
      })(),
    ).rejects.toThrow()
  }, 180_000)
})

describe('a message', () => {
  const rules = { name: 'Probe', enabled: true, kinds: [], quiet: null }
  const spelt = (port: number) => [
    ...[
      `localhost:${port}`,
      `LOCALHOST.:${port}`,
      `127.0.0.1:${port}`,
      `127.1:${port}`,
      `2130706433:${port}`,
    ],
    ...[`0x7f000001:${port}`, `0177.0.0.1:${port}`, `[::1]:${port}`, `[::ffff:7f00:1]:${port}`, `0:${port}`],
  ]

  test('reaches no address of this machine or its network, however it is spelt', async () => {
    await using receiver = await startHttpReceiver()
    const api = ownerOf(it.agent)
    for (const host of spelt(receiver.port))
      for (const kind of ['webhook', 'ping'] as const) {
        const target =
          kind === 'webhook'
            ? { kind, format: 'json' as const, url: `http://${host}/x`, secret: '', allowPrivate: false }
            : { kind, url: `http://${host}/x`, planId: null, allowPrivate: false }
        const { id } = await api.know.save.mutate({ ...rules, target })
        // A name that resolves to nothing here is tried later; an address is refused.
        const { kind: answer } = await api.know.test.mutate({ id })
        expect([host, kind, answer]).toEqual([
          host,
          kind,
          host.includes('.:') ? expect.anything() : 'refused',
        ])
        await api.know.remove.mutate({ id })
      }
    expect(receiver.received).toEqual([])
  })

  test('goes to no mail server in here unless that is allowed, and to push services alone', async () => {
    await using server = await startMailServer(testCertificate())
    const api = ownerOf(it.agent)
    for (const host of ['localhost', '127.0.0.1', '::1', '0.0.0.0']) {
      const target = {
        ...{
          kind: 'mail' as const,
          host,
          port: server.port,
          security: 'none' as const,
          user: '',
          password: '',
        },
        ...{ from: 'a@example.org', to: ['b@example.org'], allowPrivate: false },
      }
      const { id } = await api.know.save.mutate({ ...rules, target })
      expect([host, (await api.know.test.mutate({ id })).kind]).toEqual([host, 'refused'])
    }
    for (const endpoint of [
      'https://127.0.0.1/x',
      'https://evil.example/x',
      'https://fcm.googleapis.com.evil.example/x',
    ])
      await expect(
        api.know.pushHere.mutate({ endpoint, p256dh: 'B'.repeat(87), auth: 'A'.repeat(22) }),
      ).rejects.toMatchObject({ data: { code: 'INPUT_INVALID' } })
  })
})

describe('rclone', () => {
  test('gets no option, connection string or name that could make it run a program or leave its place', async () => {
    await using folder = await temporaryFolder()
    const api = ownerOf(it.agent)
    const ran = join(folder.path, 'ran')
    const command = `touch ${ran}`
    const outcome = async (request: Parameters<typeof api.remote.start.mutate>[0]) => {
      const answer = await api.remote.start.mutate(request).catch(() => ({ kind: 'refused' }))
      return answer.kind === 'problems' ? 'refused' : answer.kind
    }
    for (const name of ['a:b', '-x', '../x', 'a/b', 'a b\n[evil]', ':webdav', 'x'.repeat(65), '']) {
      const values = { url: 'http://127.0.0.1:1', vendor: 'other' }
      expect([name, await outcome({ name, type: 'webdav', values })]).toEqual([name, 'refused'])
    }
    for (const [type, values] of [
      ['webdav', { url: 'http://127.0.0.1:1', vendor: 'other', bearer_token_command: command }],
      ['sftp', { host: '127.0.0.1', ssh: command }],
      ['sftp', { host: '127.0.0.1', server_command: command }],
      ['alias', { remote: `:sftp,ssh='${command}':/` }],
      ['union', { upstreams: `:webdav,bearer_token_command='${command}':` }],
      ['local', { encoding: 'None\n[evil]\ntype = sftp' }],
    ] as const)
      expect([type, values, await outcome({ name: 'probe', type, values })]).toEqual([
        type,
        values,
        'refused',
      ])
    for (const remote of [
      `:webdav,bearer_token_command='${command}'`,
      `a,ssh='${command}'`,
      ':local',
      '--config',
    ]) {
      const place = { kind: 'remote' as const, remote, path: 'vault' }
      await expect(api.setup.inspectPlace.mutate({ place: place as never }), remote).rejects.toThrow()
      await expect(api.remote.folders.query({ remote, path: '' }), remote).rejects.toThrow()
      await expect(api.remote.test.mutate({ remote, path: '' }), remote).rejects.toThrow()
    }
    expect(await api.remote.list.query()).toEqual([])
    expect(execFileSync('ls', [folder.path], { encoding: 'utf8' })).toBe('')
  })
})

test('a flood of questions in batches is answered, and none of them twenty-one at a time', async () => {
  const names = Object.keys(appRouter._def.procedures).slice(0, 21).join(',')
  const flood = Array.from({ length: 50 }, () =>
    it.send(`/api/trpc/${names}?batch=1&input={}`, { headers: signedIn() }),
  )
  for (const answer of await Promise.all(flood)) expect(answer.status).toBe(400)
  expect((await it.send('/api/trpc/device.me')).status).toBe(200)
})
