import type { HoldfastError, WriterId } from '@holdfast/domain'
import { systemClock, systemRandom } from '@holdfast/host'
import type { RcloneClient } from '@holdfast/rclone'
import { createMemoryStore } from '@holdfast/testkit'
import { createVault, type KitContents, makeKit } from '@holdfast/vault'
import { expect, test } from 'vitest'
import { openHeld } from './open-held.ts'

const env = {
  ...{ clock: systemClock, random: systemRandom },
  cache: { get: () => undefined, put: () => undefined, retain: () => undefined },
}
const BY = { kind: 'cli', id: null, name: 'here', address: null } as const
const never = (): never => {
  throw new Error('nothing of this kit may reach a vault')
}

/** An rclone without remotes that writes down what it is asked to make. */
function noteTaker() {
  const made: unknown[] = []
  const client = {
    async call(command: string, parts: unknown) {
      if (command !== 'config/dump') made.push([command, parts])
      return {}
    },
  }
  return { made, client: client as unknown as RcloneClient }
}

async function kitWith(contents: Pick<KitContents, 'place' | 'remotes'>): Promise<string> {
  const [outer, inner] = [createMemoryStore(), createMemoryStore()]
  const doors = { outer, openInner: async () => inner }
  const vault = await createVault(doors, { kind: 'passphrase', passphrase: 'words' }, env)
  const writers: { writer: WriterId; seq: number; machine: string }[] = []
  const kit = await makeKit(vault, { ...contents, writers, settings: null }, env)
  return Buffer.from(kit).toString('utf8')
}

const open = (client: RcloneClient, kit: string, tokens: Record<string, string> = {}) => {
  const vaults = new Proxy({}, { get: () => never }) as Parameters<typeof openHeld>[0]['vaults']
  return openHeld({ client, vaults }, { kit, place: null, passphrase: 'words', tokens }, BY)
}

test.each([
  ['an option that runs a program', { nas: { type: 'sftp', host: 'x', ssh: 'touch /tmp/x' } }],
  ['a connection string below it', { nas: { type: 'alias', remote: ':sftp,ssh=x:' } }],
  ['an option that ends its section', { nas: { type: 'alias', remote: '/x\n[y]\ntype = sftp' } }],
])('a kit whose remote has %s makes nothing, though the passphrase opens it', async (_title, remotes) => {
  const { made, client } = noteTaker()
  const kit = await kitWith({ place: { kind: 'remote', remote: 'nas', path: 'v' }, remotes })
  await expect(open(client, kit)).rejects.toMatchObject({
    code: 'REMOTE_REFUSED',
  } satisfies Partial<HoldfastError>)
  expect(made).toEqual([])
})

test('a remote whose sign-in was left out is asked for before anything is made', async () => {
  const { made, client } = noteTaker()
  const remotes = { cloud: { type: 'drive', token: '' } }
  const kit = await kitWith({ place: { kind: 'remote', remote: 'cloud', path: 'v' }, remotes })
  expect(await open(client, kit)).toEqual({
    kind: 'sign-in',
    remotes: [{ name: 'cloud', type: 'drive', command: 'rclone authorize "drive"' }],
  })
  expect(made).toEqual([])
})
