import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import makeMdns from 'multicast-dns'
import { expect, test } from 'vitest'
import { nearbyMachines } from '../src/machines/nearby-machines.ts'
import type { AgentConfig } from '../src/start-agent.ts'
import { ownerOf, startTestAgent } from './_test-agent.ts'

const LAN: NonNullable<AgentConfig['lan']> = {
  ...{ on: true, bind: '127.0.0.1', port: 0, onboardingPort: 0, hostName: 'holdfast-test' },
  files: undefined,
}

/** Real multicast on the loopback interface, at a port of the test's own. */
const place = () => ({ port: randomInt(20_000, 32_000), bind: '127.0.0.1', listenMs: 1000 })

async function portOf(it: Awaited<ReturnType<typeof startTestAgent>>): Promise<string> {
  const { serving } = await ownerOf(it.agent).lan.get.query()
  return new URL(serving?.origin ?? '').port
}

test('a machine finds another that serves the network, not itself, not a watched one, and none that is off or gone', async () => {
  const { port, listenMs } = place()
  const config = { lan: LAN, dnsSd: { announce: true, port, listenMs } }
  await using it = await startTestAgent({ config })
  await using quiet = await startTestAgent({
    config: { ...config, dnsSd: { ...config.dnsSd, announce: false } },
  })
  const api = ownerOf(it.agent)
  const listener = makeMdns({ port, bind: '0.0.0.0', interface: '127.0.0.1' })
  const nas = await startTestAgent({ config })
  try {
    const origin = `https://127.0.0.1:${await portOf(nas)}`
    expect((await ownerOf(quiet.agent).lan.get.query()).serving).not.toBeNull()
    expect(await api.machine.nearby.query()).toEqual([{ name: expect.any(String), origin }])
    // What was found is only a hint: the fingerprint comes from its certificate.
    const { fingerprint } = await api.machine.look.query({ address: origin })
    const { code } = await ownerOf(nas.agent).device.issueCode.mutate({ role: 'viewer' })
    await api.machine.add.mutate({ address: origin, code, fingerprint, silentAfterHours: 26 })
    expect(await api.machine.nearby.query()).toEqual([])

    const goodbye = Promise.withResolvers<void>()
    listener.on('response', ({ answers }) => {
      if (answers?.some((one) => one.type === 'PTR' && one.ttl === 0)) goodbye.resolve()
    })
    await nas[Symbol.asyncDispose]()
    await goodbye.promise
  } finally {
    listener.destroy()
    await nas[Symbol.asyncDispose]()
  }
  expect([...it.logs, ...quiet.logs].filter(({ level }) => level !== 'info')).toEqual([])
}, 30_000)

test('what the network says is held to its bounds, and what leads outside is left out', async () => {
  const there = place()
  const loud = makeMdns({ port: there.port, bind: '0.0.0.0', interface: '127.0.0.1' })
  const say = (
    n: number,
    change: { address?: string; host?: string; txt?: (string | Buffer)[]; port?: number },
  ) => {
    const { address = '127.0.0.1', host = 'x.local', port = 8443 } = change
    const txt = change.txt ?? ['v=1', `machine=box ${n}`, `host=${host}`]
    const [instance, target, ttl] = [`m${n}._holdfast._tcp.local`, `t${n}.local`, 120]
    loud.respond([
      { type: 'PTR', ttl, name: '_holdfast._tcp.local', data: instance },
      { type: 'SRV', ttl, name: instance, data: { port, target } },
      { type: 'TXT', ttl, name: instance, data: txt },
      { type: address.includes(':') ? 'AAAA' : 'A', ttl, name: target, data: address },
    ])
  }
  loud.on('query', () => {
    say(1, { address: '8.8.8.8' })
    say(2, { port: 0 })
    say(3, { txt: ['machine=no version', 'host=x.local'] })
    say(4, { txt: [Buffer.from([0xff, 0xfe]), ''] })
    say(5, { txt: ['v=1', 'machine=\u001B[31mred\u202E', 'host=evil.example'] })
    say(6, { address: 'fd00::7', host: '10.9.8.7' })
    for (let n = 100; n < 180; n += 1) say(n, {})
  })
  try {
    const errors: unknown[] = []
    const { signal } = new AbortController()
    const found = await nearbyMachines(there, { signal, onTrouble: (error) => errors.push(error) })
    expect(found.length).toBe(50)
    expect(found.filter(({ name }) => !/^box 1\d\d$/.test(name))).toEqual([
      { name: '[31mred', origin: 'https://127.0.0.1:8443', origins: ['https://127.0.0.1:8443'] },
      { name: 'box 6', origin: 'https://[fd00::7]:8443', origins: ['https://[fd00::7]:8443'] },
    ])
    expect(errors).toEqual([])
    const looking = nearbyMachines(there, { signal: AbortSignal.timeout(50), onTrouble: () => undefined })
    await expect(looking).rejects.toMatchObject({ name: 'AbortError' })
  } finally {
    loud.destroy()
  }
}, 20_000)

test('a network that can’t be listened to is told of once, and hinders nothing', async () => {
  const dnsSd = { ...place(), announce: true }
  const other = createSocket('udp4')
  await new Promise<void>((resolve) => other.bind(dnsSd.port, '0.0.0.0', resolve))
  try {
    await using it = await startTestAgent({ config: { lan: LAN, dnsSd } })
    const api = ownerOf(it.agent)
    expect(await Promise.all([api.machine.nearby.query(), api.machine.nearby.query()])).toEqual([[], []])
    expect((await api.lan.get.query()).serving).not.toBeNull()
    expect(it.logs.filter(({ level }) => level !== 'info')).toMatchObject([
      { level: 'warn', text: 'Machines on this network can’t find each other by themselves.' },
    ])
  } finally {
    other.close()
  }
}, 20_000)
