import { readdir, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { createTemporaryFolder, startSftpServer, startWebdavServer, type TestServer } from '@holdfast/testkit'
import {
  type CopySummary,
  type CryptPasswords,
  copyVault,
  createVault,
  cryptPasswordsOf,
  type OpenedVault,
  openVault,
  type VaultDoors,
} from '@holdfast/vault'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cryptOptions } from './crypt-options.ts'
import { createRcloneCarrier } from './rclone-carrier.ts'
import { createRcloneStore } from './rclone-store.ts'
import { createCryptRemote } from './remotes.ts'
import { startTestDaemon, type TestDaemon, testRandom } from './test-daemon.ts'

const SECRET = { kind: 'passphrase', passphrase: 'one two' } as const
const env = {
  clock: { nowMs: () => 1_800_000_000_000, nowNs: () => 1_800_000_000_000_000_000n },
  random: testRandom,
  cache: { get: () => undefined, put: () => undefined, retain: () => undefined },
}
const disposals = new AsyncDisposableStack()
let sftp: TestServer
let webdav: TestServer
let running: TestDaemon
let folder: string
let made = 0

beforeAll(async () => {
  folder = disposals.use(await createTemporaryFolder()).path
  sftp = disposals.use(await startSftpServer())
  webdav = disposals.use(await startWebdavServer())
  const remotes = { sftp: sftp.remote, webdav: webdav.remote }
  running = disposals.use(await startTestDaemon({ remotes }))
}, 60_000)

afterAll(async () => await disposals.disposeAsync())

describe('a second copy that rclone carries', () => {
  test.each([
    ['a folder', () => join(folder, 'copy')],
    ['SFTP', () => `sftp:${sftp.root}/copy`],
    ['WebDAV', () => 'webdav:copy'],
  ])('to %s opens with the same passphrase and has only what is new copied', async (_, to) => {
    const { vault, from, crypt } = await encryptedVault()
    const copy = to()
    const first = await copied(vault, { from, copy, crypt })
    expect(first).toMatchObject({ ok: true, copied: { objects: 6 }, differing: [] })
    expect((await openVault(doorsTo(copy).doors, SECRET, env)).id).toBe(vault.id)
    expect((await copied(vault, { from, copy, crypt })).copied.objects).toBe(0)
  })

  test('has the same encrypted names and bytes, and heals a pack that was cut short', async () => {
    const { vault, from, crypt } = await encryptedVault()
    const copy = join(folder, 'healed')
    await copied(vault, { from, copy, crypt })
    const files = await readdir(join(from, 'v1'), { recursive: true })
    expect((await readdir(join(copy, 'v1'), { recursive: true })).sort()).toEqual(files.sort())
    const longest = files.sort((a, b) => b.length - a.length)[0] ?? ''
    for (const bytes of [50_000, 20]) {
      await truncate(join(copy, 'v1', longest), bytes)
      expect((await copied(vault, { from, copy, crypt })).mended).toHaveLength(1)
    }
    expect((await copied(vault, { from, copy, crypt })).copied.objects).toBe(0)
  })

  test('cancelled stops the transfer and goes on later', async () => {
    const { vault, from, crypt } = await encryptedVault()
    const copy = `sftp:${sftp.root}/cancelled`
    const stop = new AbortController()
    const ended = copied(vault, { from, copy, crypt }, { signal: stop.signal, onCarry: () => stop.abort() })
    await expect(ended).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(await copied(vault, { from, copy, crypt })).toMatchObject({ ok: true })
  })
})

async function encryptedVault(): Promise<{ vault: OpenedVault; from: string; crypt: string }> {
  made += 1
  const from = join(folder, `vault-${made}`)
  const { doors, crypt } = doorsTo(from)
  const vault = await createVault(doors, SECRET, env)
  const bytes = testRandom.bytes(100_000)
  const hash = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(bytes))).toString('hex')
  await vault.store.put(`packs/${hash.slice(0, 2)}/${hash.slice(0, 32)}-0000.tar.zst`, bytes)
  return { vault, from, crypt }
}

function storeAt(fs: string) {
  return createRcloneStore(running.daemon.client, { fs, spoolDir: join(running.folder, 'spool') })
}

function doorsTo(root: string): { doors: VaultDoors; crypt: string } {
  made += 1
  const name = `crypt${made}`
  const openInner = async (passwords: CryptPasswords | undefined) => {
    if (passwords === undefined) return storeAt(`${root}/v1`)
    await createCryptRemote(running.daemon.client, name, cryptOptions(`${root}/v1`, passwords, testRandom))
    return storeAt(`${name}:`)
  }
  return { doors: { outer: storeAt(root), openInner }, crypt: `${name}:` }
}

async function copied(
  vault: OpenedVault,
  { from, copy, crypt }: { from: string; copy: string; crypt: string },
  options: { signal?: AbortSignal; onCarry?: () => void } = {},
): Promise<CopySummary> {
  const carrier = createRcloneCarrier(running.daemon.client, {
    ...{ from: { outer: from, inner: `${from}/v1` }, to: { outer: copy, inner: `${copy}/v1` }, crypt },
  })
  const { doors } = doorsTo(copy)
  const place = {
    outer: doors.outer,
    store: await doors.openInner(cryptPasswordsOf(vault.masterKey, vault.id)),
  }
  const request = { dryRun: false, check: true, allowLarge: false, known: new Map() }
  const work = copyVault(vault, place, request, { ...env, carrier, signal: options.signal })
  for await (const event of work) {
    if (event.type === 'finished') return event.summary
    if (event.type === 'progress' && event.phase !== 'listing') options.onCarry?.()
  }
  throw new Error('the copy did not finish')
}
