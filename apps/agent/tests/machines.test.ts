import { createECDH, randomBytes } from 'node:crypto'
import { HOUR_MS, MINUTE_MS } from '@holdfast/domain'
import { systemClock } from '@holdfast/host'
import { startHttpReceiver, startMailServer, testCertificate } from '@holdfast/testkit'
import { simpleParser } from 'mailparser'
import { expect, test } from 'vitest'
import type { AgentConfig } from '../src/start-agent.ts'
import {
  clientOf,
  ownerOf,
  pairDevice,
  startTestAgent,
  type TestAgent,
  temporaryFolder,
} from './_test-agent.ts'

const LAN: NonNullable<AgentConfig['lan']> = {
  ...{ on: true, bind: '127.0.0.1', port: 0, onboardingPort: 0, hostName: 'holdfast-test' },
  files: undefined,
}

/** Where a test reaches an agent that serves the network: its certificate is good for this name too. */
async function addressOf(it: TestAgent): Promise<{ address: string; fingerprint: string; port: number }> {
  const { serving } = await ownerOf(it.agent).lan.get.query()
  const port = Number(new URL(serving?.origin ?? '').port)
  return { address: `https://localhost:${port}`, fingerprint: serving?.fingerprint ?? '', port }
}

async function viewerCode(it: TestAgent): Promise<string> {
  return (await ownerOf(it.agent).device.issueCode.mutate({ role: 'viewer' })).code
}

test('a watched machine that is silent too long is an incident, said once, until it is heard again', async () => {
  await using folder = await temporaryFolder()
  const certificate = testCertificate()
  await using hook = await startHttpReceiver()
  await using push = await startHttpReceiver(certificate)
  await using mail = await startMailServer(certificate)
  const outbound = { pushHosts: [push.host], ca: certificate.cert }
  let shiftMs = 0
  const clock = { ...systemClock, nowMs: () => systemClock.nowMs() + shiftMs }
  await using it = await startTestAgent({ overrides: { clock }, config: { outbound } })
  const api = ownerOf(it.agent)
  const rules = {
    enabled: true,
    kinds: ['failure', 'recovery'] satisfies ('failure' | 'recovery')[],
    quiet: null,
  }
  await api.know.save.mutate({
    ...{ ...rules, name: 'Hook' },
    target: { kind: 'webhook', format: 'json', url: hook.url, secret: '', allowPrivate: true },
  })
  await api.know.save.mutate({
    ...{ ...rules, name: 'Ann' },
    target: {
      ...{ kind: 'mail', host: 'localhost', port: mail.port, security: 'starttls', user: 'ann' },
      ...{ password: 'canary', from: 'backup@example.org', to: ['ann@example.org'], allowPrivate: true },
    },
  })
  await api.know.pushHere.mutate({
    ...{ endpoint: `${push.url}/send/1`, auth: randomBytes(16).toString('base64url') },
    p256dh: createECDH('prime256v1').generateKeys('base64url'),
  })
  let nas = await startTestAgent({ home: `${folder.path}/nas`, config: { lan: LAN } })
  const { address, fingerprint, port } = await addressOf(nas)
  try {
    expect(await api.machine.look.query({ address })).toEqual({ origin: address, fingerprint })
    const code = await viewerCode(nas)
    const request = { address, code, silentAfterHours: 26 }
    const other = 'AB:'.repeat(31).concat('AB')
    await expect(api.machine.add.mutate({ ...request, fingerprint: other })).rejects.toThrow(fingerprint)
    const added = await api.machine.add.mutate({ ...request, fingerprint })
    if (added.kind !== 'added') throw new Error('it was not added')
    const { id, name } = added.machine
    expect(added.machine).toMatchObject({ origin: address, problem: null, verdict: { state: 'unknown' } })
    const [device] = await ownerOf(nas.agent).device.list.query()
    expect(device).toMatchObject({ role: 'viewer' })
    await expect(api.machine.add.mutate({ ...request, fingerprint })).rejects.toThrow('watched already')

    await nas[Symbol.asyncDispose]()
    const open = async () =>
      (await api.know.incidents.query({ limit: 9 })).filter((one) => one.recoveredAt === null)
    for (const hours of [1, 25.9, 26.9]) {
      shiftMs = hours * HOUR_MS
      const { problem } = await api.machine.ask.mutate({ id })
      expect(problem?.sentence).toContain(`Nobody answers at ${address}`)
      expect(await open()).toEqual([])
    }
    // The second try in a row tells.
    shiftMs += 6 * MINUTE_MS
    await api.machine.ask.mutate({ id })
    await hook.until(1)
    expect(String(hook.received[0]?.body)).toContain(`${name} is at risk`)
    await push.until(1)
    while (mail.mails.length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    const { subject, text } = await simpleParser(mail.mails[0] ?? '')
    expect(subject).toContain(`${name} is at risk`)
    expect(text).toContain(`${name} was not heard for`)
    expect(await open()).toMatchObject([{ subject: `machine:${id}`, code: 'machine-silent' }])

    nas = await startTestAgent({ home: `${folder.path}/nas`, config: { lan: { ...LAN, port } } })
    expect(await api.machine.ask.mutate({ id })).toMatchObject({ problem: null })
    await hook.until(2)
    expect(String(hook.received[1]?.body)).toContain(`${name} recovered after`)
    await push.until(2)
    while (mail.mails.length < 2) await new Promise((resolve) => setTimeout(resolve, 20))
    expect([hook.received.length, push.received.length, mail.mails.length]).toEqual([2, 2, 2])

    await ownerOf(nas.agent).device.revoke.mutate({ id: device?.id as never })
    expect((await api.machine.ask.mutate({ id })).problem?.sentence).toContain('not paired')
    await api.machine.remove.mutate({ id })
    expect(await api.machine.list.query()).toEqual([])
  } finally {
    await nas[Symbol.asyncDispose]()
  }
}, 30_000)

test('a machine is added once an owner there lets this one in, survives a restart, and never gets more than it needs', async () => {
  await using folder = await temporaryFolder()
  await using nas = await startTestAgent({ config: { lan: LAN } })
  const { address, fingerprint } = await addressOf(nas)
  const phone = await pairDevice(nas)
  const owner = clientOf(nas.agent, { cookie: phone.cookie, 'x-holdfast-device': phone.secret })
  const request = { address, fingerprint, silentAfterHours: 5 }
  {
    await using it = await startTestAgent({ home: `${folder.path}/home` })
    const api = ownerOf(it.agent)
    const { code: tooMuch } = await ownerOf(nas.agent).device.issueCode.mutate({ role: 'operator' })
    await expect(api.machine.add.mutate({ ...request, code: tooMuch })).rejects.toThrow('viewer is enough')
    await expect(api.machine.add.mutate({ ...request, code: 'wrong' })).rejects.toThrow('no valid code')

    const { code } = await owner.device.issueCode.mutate({ role: 'viewer' })
    const asked = await api.machine.add.mutate({ ...request, code })
    if (asked.kind !== 'waiting') throw new Error('it was let in at once')
    const { ticket } = asked
    expect(await api.machine.collect.mutate({ ticket })).toMatchObject({
      kind: 'waiting',
      number: asked.number,
    })
    const [waits] = await owner.device.waiting.query()
    expect(waits?.number).toBe(asked.number)
    await owner.device.approve.mutate({ id: waits?.id as never, role: 'viewer' })
    expect(await api.machine.collect.mutate({ ticket })).toMatchObject({ kind: 'added' })
  }
  await using again = await startTestAgent({ home: `${folder.path}/home` })
  const api = ownerOf(again.agent)
  const [machine] = await api.machine.list.query()
  expect(machine).toMatchObject({ origin: address, silentAfterHours: 5, problem: null })
  expect(JSON.stringify(machine)).not.toContain('holdfast-session')
  const changed = await api.machine.setSilence.mutate({ id: machine?.id ?? '', silentAfterHours: 48 })
  expect(changed.silentAfterHours).toBe(48)
  const entries = await api.audit.list.query({ limit: 9, act: 'machine.' })
  expect(entries[0]?.subjectName).toBe(machine?.name)
  const acts = entries.map(({ act }) => act)
  expect(acts).toEqual(['machine.update', 'machine.add'])
}, 30_000)
