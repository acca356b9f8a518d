import { createECDH, randomBytes } from 'node:crypto'
import { readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { type ChannelTarget, DeviceId, type Run } from '@holdfast/domain'
import { startHttpReceiver, startMailServer, testCertificate } from '@holdfast/testkit'
import { simpleParser } from 'mailparser'
import { describe, expect, test } from 'vitest'
import { clientOf, ownerOf, pairDevice, startTestAgent, type TestAgent } from './_test-agent.ts'
import { followEvents, makePlan, until, writeTree } from './_test-plan.ts'

const certificate = testCertificate()
const RULES = { enabled: true, kinds: ['failure', 'recovery', 'reminder', 'notice'] as const, quiet: null }

/** An agent with a plan, and the other sides of every channel. */
async function openAll() {
  await using stack = new AsyncDisposableStack()
  const push = stack.use(await startHttpReceiver(certificate))
  const hook = stack.use(await startHttpReceiver())
  const mail = stack.use(await startMailServer(certificate))
  const outbound = { pushHosts: [push.host], ca: certificate.cert }
  const it = stack.use(await startTestAgent({ config: { outbound } }))
  const source = join(it.home, '..', 'source')
  await writeTree(source, { 'a.txt': 'hello' })
  const vault = join(it.home, '..', 'vault')
  const plan = await makePlan(ownerOf(it.agent), { source, vault, passphrase: null, name: 'Papers' })
  const owned = stack.move()
  return {
    ...{ it, plan, vault, push, hook, mail, api: ownerOf(it.agent) },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function runToEnd(it: TestAgent, planId: Run['planId']): Promise<void> {
  await using events = await followEvents(it.agent)
  const { id } = await ownerOf(it.agent).run.start.mutate({ planId })
  await until(
    events,
    (event) => event.type === 'run' && event.run.id === id && event.run.state === 'finished',
  )
}

const subscription = (endpoint: string) => ({
  endpoint,
  p256dh: createECDH('prime256v1').generateKeys('base64url'),
  auth: randomBytes(16).toString('base64url'),
})
const mailTarget = (port: number): Extract<ChannelTarget, { kind: 'mail' }> => ({
  ...{ kind: 'mail', host: 'localhost', port, security: 'starttls', user: 'ann', password: 'canary' },
  ...{ from: 'backup@example.org', to: ['ann@example.org'], allowPrivate: true },
})
const hookTarget = (url: string) =>
  ({ kind: 'webhook', format: 'json', url, secret: 'canary-hook', allowPrivate: true }) as const

describe('somebody is told', () => {
  test('by push, mail, webhook and on the home screen that a plan fails, and once that it recovered', async () => {
    await using all = await openAll()
    const { it, api, plan, push, hook, mail, vault } = all
    await api.know.pushHere.mutate(subscription(`${push.url}/send/1`))
    await api.know.save.mutate({
      ...RULES,
      kinds: [...RULES.kinds],
      name: 'Ann',
      target: mailTarget(mail.port),
    })
    await api.know.save.mutate({
      ...RULES,
      kinds: [...RULES.kinds],
      name: 'Hook',
      target: hookTarget(hook.url),
    })
    await runToEnd(it, plan.id)
    expect(hook.received).toEqual([])

    await rename(vault, `${vault}-away`)
    await runToEnd(it, plan.id)
    await Promise.all([push.until(1), hook.until(1)])
    const [incident] = await api.know.incidents.query({ limit: 10 })
    expect(incident).toMatchObject({
      subject: plan.id,
      severity: 'at-risk',
      code: 'last-failed',
      recoveredAt: null,
    })
    expect(JSON.parse(String(hook.received[0]?.body))).toMatchObject({
      ...{ kind: 'failure', title: 'Papers is at risk', data: { event: 'opened', code: 'last-failed' } },
    })

    await rename(`${vault}-away`, vault)
    await runToEnd(it, plan.id)
    await runToEnd(it, plan.id)
    await Promise.all([push.until(2), hook.until(2)])
    const title = expect.stringMatching(/^Papers recovered after /)
    expect(JSON.parse(String(hook.received[1]?.body))).toMatchObject({
      kind: 'recovery',
      severity: 'good',
      title,
    })
    expect(
      (await api.know.incidents.query({ limit: 10 })).map(({ recoveredAt }) => recoveredAt !== null),
    ).toEqual([true])
    while (mail.mails.length < 2) await new Promise((resolve) => setTimeout(resolve, 20))
    const subjects = await Promise.all(mail.mails.map(async (bytes) => (await simpleParser(bytes)).subject))
    expect(subjects).toEqual([
      expect.stringContaining('is at risk'),
      expect.stringContaining('recovered after'),
    ])
    expect([push.received.length, hook.received.length, mail.mails.length]).toEqual([2, 2, 2])
  })

  test('when five wrong PINs were typed on a device: every channel once, but not that device', async () => {
    await using all = await openAll()
    const { it, api, push, hook } = all
    await api.know.save.mutate({
      ...{ ...RULES, kinds: [...RULES.kinds], name: 'Hook', target: hookTarget(hook.url) },
    })
    const paired = async (name: string) => {
      const { cookie, secret } = await pairDevice(it, name)
      return clientOf(it.agent, { cookie, 'x-holdfast-device': secret })
    }
    const [ann, bob] = [await paired('Ann’s phone'), await paired('Bob’s phone')]
    await ann.know.pushHere.mutate(subscription(`${push.url}/send/ann`))
    await bob.know.pushHere.mutate(subscription(`${push.url}/send/bob`))
    await ann.device.setPin.mutate({ pin: '493817' })
    const wrong = () => ann.device.confirm.mutate({ by: 'pin', pin: '000000' })
    for (let i = 0; i < 6; i += 1) await expect(wrong()).rejects.toThrow()
    await Promise.all([push.until(1), hook.until(1)])
    expect(push.received.map(({ path }) => path)).toEqual(['/send/bob'])
    expect(JSON.parse(String(hook.received[0]?.body))).toMatchObject({
      ...{ kind: 'notice', title: 'Five wrong PINs were typed on Ann’s phone' },
      ...{ data: { event: 'pin-locked' } },
    })
    expect(hook.received).toHaveLength(1)
    // What is yet to be sent counts as well.
    expect(await api.know.deliveries.query({ limit: 10 })).toHaveLength(2)
  })

  test('by a ping when a run begins and ends', async () => {
    await using all = await openAll()
    const target = {
      kind: 'ping',
      url: `${all.hook.url}/uuid`,
      planId: all.plan.id,
      allowPrivate: true,
    } as const
    await all.api.know.save.mutate({ ...RULES, kinds: [], name: 'Watcher', target })
    await runToEnd(all.it, all.plan.id)
    await all.hook.until(2)
    expect(all.hook.received.map(({ path }) => path)).toEqual(['/uuid/start', '/uuid'])
  })

  test('and a test shows what the other side answered', async () => {
    await using all = await openAll()
    const { id } = await all.api.know.save.mutate({
      ...{ ...RULES, kinds: [], name: 'Hook', target: hookTarget(all.hook.url) },
    })
    all.hook.answers.push({ status: 403, body: 'wrong signature' })
    expect(await all.api.know.test.mutate({ id })).toEqual({
      kind: 'refused',
      answer: 'HTTP 403: wrong signature',
    })
    expect(await all.api.know.test.mutate({ id })).toEqual({ kind: 'sent', answer: 'HTTP 200' })
  })
})

describe('a channel', () => {
  test('keeps its secrets sealed, shows none, and keeps what is left empty', async () => {
    await using all = await openAll()
    const { api, it, mail } = all
    const saved = await api.know.save.mutate({
      ...RULES,
      kinds: [],
      name: 'Ann',
      target: mailTarget(mail.port),
    })
    const again = { ...mailTarget(mail.port), password: '' }
    await api.know.save.mutate({ ...RULES, kinds: [], id: saved.id, name: 'Ann B', target: again })
    expect(await api.know.test.mutate({ id: saved.id })).toMatchObject({ kind: 'sent' })
    const shown = JSON.stringify([
      await api.know.channels.query(),
      await api.know.deliveries.query({ limit: 9 }),
    ])
    expect(shown).not.toContain('canary')
    for (const name of await readdir(it.home)) {
      const bytes = await readFile(join(it.home, name)).catch(() => Buffer.alloc(0))
      expect({ name, canary: bytes.includes('canary') }).toEqual({ name, canary: false })
    }
    // Another server gets no password that was not typed for it.
    const moved = { ...again, host: '127.0.0.1' }
    await api.know.save.mutate({ ...RULES, kinds: [], id: saved.id, name: 'Ann', target: moved })
    expect((await api.know.test.mutate({ id: saved.id })).kind).not.toBe('sent')
  })

  test('of a device is its own: others need to be owners, and revoking the device ends it', async () => {
    await using all = await openAll()
    const { it, api, push } = all
    const { id, cookie, secret } = await pairDevice(it, 'Phone')
    const phone = clientOf(it.agent, { cookie, 'x-holdfast-device': secret })
    await phone.know.pushHere.mutate(subscription(`${push.url}/send/1`))
    const [channel] = await phone.know.channels.query()
    expect(channel).toMatchObject({ mine: true, name: 'Phone', goesTo: push.host })
    expect((await api.know.channels.query())[0]).toMatchObject({ mine: false })
    await api.device.revoke.mutate({ id: DeviceId.parse(id) })
    while ((await api.know.channels.query()).length > 0)
      await new Promise((resolve) => setTimeout(resolve, 10))
    await expect(api.know.pushHere.mutate(subscription('https://evil.example/x'))).rejects.toMatchObject({
      data: { code: 'INPUT_INVALID' },
    })
  })
})
