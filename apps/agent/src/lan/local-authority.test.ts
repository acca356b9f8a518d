// @peculiar/x509 needs it to be there first.
import 'reflect-metadata'
import { X509Certificate } from 'node:crypto'
import { createServer, get } from 'node:https'
import { DAY_MS } from '@holdfast/domain'
import { systemRandom } from '@holdfast/host'
import { BasicConstraintsExtension, X509Certificate as Certificate } from '@peculiar/x509'
import { expect, test } from 'vitest'
import { ownAuthority } from './lan-certificate.ts'
import { isPermitted, lanNames } from './lan-names.ts'
import { issueLeaf, makeAuthority } from './local-authority.ts'

const NOW = new Date('2026-11-20T12:00:00Z')
const NAMES = lanNames('Ada’s Büro.fritz.box', {
  eth0: [
    {
      ...{ address: '192.168.7.20', netmask: '255.255.255.0', family: 'IPv4', mac: '', internal: false },
      cidr: null,
    },
  ],
})

function fakeSecrets() {
  const kept = new Map<string, unknown>()
  return {
    kept,
    value: (name: string) => kept.get(name),
    setValue: async (name: string, value: unknown) => void kept.set(name, value),
  }
}

test('the authority is P-256, critically constrained to the local network, and signs servers only', async () => {
  const authority = await makeAuthority('laptop', systemRandom.bytes(16), NOW)
  const parsed = new Certificate(authority.certificate)
  const basic = parsed.getExtension(BasicConstraintsExtension)
  expect(basic).toMatchObject({ ca: true, pathLength: 0, critical: true })
  const constraints = parsed.getExtension('2.5.29.30')
  expect(constraints?.critical).toBe(true)
  const der = Buffer.from(constraints?.value ?? new ArrayBuffer(0))
  expect(der.includes(Buffer.from('\x82\x05local', 'latin1'))).toBe(true)
  // 192.168.0.0/255.255.0.0 and fc00::/fe00::
  expect(der.toString('hex')).toContain('8708c0a80000ffff0000')
  expect(der.toString('hex')).toContain(`8720fc00${'00'.repeat(14)}fe00${'00'.repeat(14)}`)
  const own = new X509Certificate(authority.certificate)
  expect(own.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1')
  expect(own.verify(own.publicKey)).toBe(true)
})

test('a leaf holds exactly the machine’s names for 90 days, and no name outside', async () => {
  const authority = await makeAuthority('laptop', systemRandom.bytes(16), NOW)
  const options = { random: systemRandom.bytes(16), now: NOW }
  const leaf = new X509Certificate((await issueLeaf(authority, NAMES, options)).certificate)
  expect(leaf.subjectAltName).toBe(
    'DNS:ada-s-b-ro.local, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:192.168.7.20',
  )
  expect(leaf.ca).toBe(false)
  expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
  expect(leaf.validToDate.getTime() - NOW.getTime()).toBe(90 * DAY_MS)
  expect(leaf.checkIssued(new X509Certificate(authority.certificate))).toBe(true)
  for (const outside of ['holdfast.example', 'local.example', '8.8.8.8', '2001:db8::1', '*.local', '.local'])
    await expect(
      issueLeaf(authority, { names: ['localhost', outside], addresses: [] }, options),
    ).rejects.toMatchObject({ code: 'INPUT_INVALID' })
  expect(isPermitted('nas.home.arpa')).toBe(true)
})

test('a leaf is kept until it has 30 days left or the names change; the authority stays', async () => {
  const secrets = fakeSecrets()
  let now = NOW
  const source = ownAuthority({ secrets, machine: 'laptop', random: systemRandom, now: () => now })
  const first = await source.current(NAMES)
  expect((await source.current(NAMES)).leaf).toEqual(first.leaf)
  now = new Date(NOW.getTime() + 61 * DAY_MS)
  const renewed = await source.current(NAMES)
  expect(renewed.leaf).not.toEqual(first.leaf)
  expect(renewed.authority).toBe(first.authority)
  const moved = await source.current({ ...NAMES, addresses: ['127.0.0.1', '10.0.0.9'] })
  expect(moved.leaf).not.toEqual(renewed.leaf)
  expect(moved.authority).toBe(first.authority)
})

test('TLS trusts the leaf by its authority alone, and a new one is swapped in while it listens', async () => {
  const source = ownAuthority({
    ...{ secrets: fakeSecrets(), machine: 'laptop', random: systemRandom, now: () => new Date() },
  })
  const { leaf, authority } = await source.current(NAMES)
  const server = createServer({ cert: leaf.certificate, key: leaf.key }, (_, response) => response.end('ok'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0
  const serial = (options: object) =>
    new Promise<string>((resolve, reject) => {
      get({ host: '127.0.0.1', port, servername: NAMES.names[0], agent: false, ...options }, (response) => {
        const { socket } = response
        resolve(
          'getPeerX509Certificate' in socket
            ? String(Object(socket.getPeerX509Certificate).call(socket)?.serialNumber)
            : '',
        )
        response.resume()
      }).on('error', reject)
    })
  try {
    await expect(serial({})).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
    const before = await serial({ ca: authority })
    const next = await source.current({ ...NAMES, addresses: ['127.0.0.1'] })
    server.setSecureContext({ cert: next.leaf.certificate, key: next.leaf.key })
    const after = await serial({ ca: authority })
    expect(before).not.toBe(after)
    expect(after).toBe(new X509Certificate(next.leaf.certificate).serialNumber)
  } finally {
    server.close()
  }
})
