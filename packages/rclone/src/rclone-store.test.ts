import { randomBytes } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { chmod, mkdir, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTemporaryFolder, startSftpServer, startWebdavServer, type TestServer } from '@holdfast/testkit'
import { objectStoreContract } from '@holdfast/testkit/object-store-contract'
import { probeStore } from '@holdfast/vault'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { cryptOptions, withoutChecksums } from './crypt-options.ts'
import { findRclone } from './find-rclone.ts'
import { createRcloneStore, type RcloneStoreOptions } from './rclone-store.ts'
import { startTestDaemon, type TestDaemon, testRandom } from './test-daemon.ts'

/** What a connection string could trip over. */
const ODD = `a "name", 'it' = x:]`
const PASSWORDS = { password: 'one-password', password2: 'another-password' }

let sftp: TestServer
let webdav: TestServer
let running: TestDaemon
let folder: string
let places = 0
const disposals = new AsyncDisposableStack()

beforeAll(async () => {
  const temporary = disposals.use(await createTemporaryFolder())
  folder = temporary.path
  sftp = disposals.use(await startSftpServer())
  webdav = disposals.use(await startWebdavServer())
  running = disposals.use(
    await startTestDaemon({
      remotes: {
        sftp: sftp.remote,
        webdav: webdav.remote,
        crypt_folder: cryptOptions(join(folder, 'crypt'), PASSWORDS, testRandom),
        crypt_bare: cryptOptions(withoutChecksums(join(folder, ODD, 'crypt')), PASSWORDS, testRandom),
        crypt_sftp: cryptOptions(`sftp:${sftp.root}/crypt`, PASSWORDS, testRandom),
        crypt_webdav: cryptOptions('webdav:crypt', PASSWORDS, testRandom),
      },
    }),
  )
}, 60_000)

afterAll(async () => await disposals.disposeAsync())

/** A store at a place that no test has used. `base` ends where the name of a folder may follow. */
function storeAt(base: string, options: Partial<RcloneStoreOptions> = {}) {
  places += 1
  return createRcloneStore(running.daemon.client, {
    fs: `${base}${places}`,
    spoolDir: join(running.folder, 'spool'),
    ...options,
  })
}

const contractAt = (name: string, base: () => string, options: Partial<RcloneStoreOptions> = {}) =>
  objectStoreContract(name, async () => ({
    store: storeAt(base(), options),
    [Symbol.asyncDispose]: async () => {
      expect(await readdir(join(running.folder, 'spool')).catch(() => [])).toEqual([])
    },
  }))

contractAt('rclone on a folder', () => join(folder, 'place '))
contractAt('rclone on a folder without checksums', () => join(folder, 'place '), { checksums: 'skip' })
contractAt('rclone crypt on a folder', () => 'crypt_folder:')
contractAt('rclone crypt on a folder without checksums', () => 'crypt_bare:', { checksums: 'skip' })
contractAt('rclone on SFTP', () => `sftp:${sftp.root}/place`)
contractAt('rclone crypt on SFTP', () => 'crypt_sftp:')
contractAt('rclone on WebDAV', () => 'webdav:place')
contractAt('rclone crypt on WebDAV', () => 'crypt_webdav:')

describe('A store over rclone', () => {
  test.each([
    'with spaces  inside',
    'Ünïcødé 日本 🎈',
    'a]b[c]',
    '[x]/deep]/er',
    'colon:and,comma="quote"',
    "percent%20 plus+ hash# ask? amp& dollar$ tick' back`",
    '-dash',
    '~tilde',
    '.hidden',
    'back\\slash',
  ])('works in a folder named %j, on this machine and on SFTP', async (name) => {
    for (const base of [join(folder, 'odd'), `sftp:${sftp.root}/odd`]) {
      const store = storeAt(`${base}/${name}/`)
      const body = randomBytes(100_000)
      await store.put('packs/3f/a', body)
      expect(body.equals(await store.get('packs/3f/a'))).toBe(true)
      expect(
        body
          .subarray(70_000, 70_010)
          .equals(await store.get('packs/3f/a', { range: { offset: 70_000, length: 10 } })),
      ).toBe(true)
      expect(await Array.fromAsync(store.list(''))).toMatchObject([{ key: 'packs/3f/a', size: 100_000 }])
      await store.delete('packs/3f/a')
      expect(await store.stat('packs/3f/a')).toBeUndefined()
    }
    expect(existsSync(join(folder, 'odd', name)), 'the folder has this very name').toBe(true)
    expect(existsSync(join(sftp.root, 'odd', name)), 'on SFTP too').toBe(true)
  })

  test('follows links, so that a vault may lie across disks', async () => {
    const real = join(folder, 'real')
    await mkdir(join(real, 'packs'), { recursive: true })
    await writeFile(join(real, 'packs', 'a'), 'abc')
    await mkdir(join(folder, 'linked'))
    await symlink(join(real, 'packs'), join(folder, 'linked', 'packs'))
    const store = createRcloneStore(running.daemon.client, {
      fs: join(folder, 'linked'),
      spoolDir: join(running.folder, 'spool'),
    })
    expect(await Array.fromAsync(store.list(''))).toMatchObject([{ key: 'packs/a', size: 3 }])
    expect(await store.stat('packs/a')).toMatchObject({ size: 3 })
  })

  test('over a folder without checksums rclone has none to make, and the bytes are those of any crypt', async () => {
    const plain = join(folder, ODD, 'crypt')
    const { Hashes } = await running.daemon.client.call(
      'operations/fsinfo',
      { fs: withoutChecksums(plain) },
      z.object({ Hashes: z.array(z.string()) }),
    )
    expect(Hashes).toEqual([])
    const body = randomBytes(100_000)
    await storeAt('crypt_bare:same').put('packs/3f/a', body)
    const { binary } = await findRclone(process.env.PATH ?? '')
    await using other = await startTestDaemon({
      binary,
      configFile: join(folder, 'other.conf'),
      remotes: { plain: cryptOptions(plain, PASSWORDS, testRandom) },
    })
    const store = createRcloneStore(other.daemon.client, {
      fs: `plain:same${places}`,
      spoolDir: join(other.folder, 'spool'),
    })
    expect(body.equals(await store.get('packs/3f/a'))).toBe(true)
  })

  test('never takes a folder that it may not read for an empty one', async () => {
    const { binary } = await findRclone(process.env.PATH ?? '')
    await using open = await createTemporaryFolder()
    await chmod(open.path, 0o755)
    const place = join(open.path, 'vault')
    await mkdir(join(place, 'packs'), { recursive: true })
    await mkdir(join(place, 'snaps'))
    await writeFile(join(place, 'snaps', 'a'), 'abc')
    await writeFile(join(place, 'packs', 'b'), 'abc')
    await chmod(join(place, 'snaps'), 0o000)
    // Root may read everything, so its rclone runs as nobody.
    const wrapper = join(open.path, 'rclone')
    const dropped = process.getuid?.() === 0 ? 'setpriv --reuid 65534 --regid 65534 --clear-groups -- ' : ''
    await writeFile(wrapper, `#!/bin/sh\nHOME=/ exec ${dropped}${binary} "$@"\n`, { mode: 0o755 })
    await using ordinary = await startTestDaemon({
      binary: wrapper,
      configFile: join(open.path, 'rclone.conf'),
    })
    const store = createRcloneStore(ordinary.daemon.client, {
      fs: place,
      spoolDir: join(ordinary.folder, 'spool'),
    })
    await expect(Array.fromAsync(store.list('snaps'))).rejects.toMatchObject({ code: 'REMOTE_DENIED' })
    await expect(Array.fromAsync(store.list(''))).rejects.toMatchObject({ code: 'REMOTE_DENIED' })
    expect(await Array.fromAsync(store.list('packs'))).toMatchObject([{ key: 'packs/b' }])
    await expect(store.stat('snaps/a')).rejects.toMatchObject({ code: 'REMOTE_DENIED' })
    await expect(store.get('snaps/a')).rejects.toMatchObject({ code: 'REMOTE_DENIED' })
    await chmod(join(place, 'snaps'), 0o755)
  })

  test('says REMOTE_LIES when an encrypted object was damaged or cut short at the remote', async () => {
    const base = join(folder, 'crypt')
    const store = storeAt('crypt_folder:damaged')
    await store.put('packs/3f/a', randomBytes(200_000))
    const [name = ''] = (await readdir(base, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => statSync(file).size === 32 + 200_000 + 16 * 4)
    await truncate(name, 100_000)
    await expect(store.get('packs/3f/a')).rejects.toMatchObject({ code: 'REMOTE_LIES' })
    expect(await store.stat('packs/3f/a')).not.toMatchObject({ size: 200_000 })
    await writeFile(name, randomBytes(200_096))
    await expect(store.get('packs/3f/a')).rejects.toMatchObject({ code: 'REMOTE_LIES' })
  })

  test('a place that is a file is refused in words', async () => {
    await writeFile(join(folder, 'file'), 'abc')
    const store = createRcloneStore(running.daemon.client, {
      fs: join(folder, 'file'),
      spoolDir: join(running.folder, 'spool'),
    })
    await expect(Array.fromAsync(store.list(''))).rejects.toMatchObject({ code: 'INPUT_INVALID' })
    await expect(store.put('a', randomBytes(3))).rejects.toMatchObject({ name: 'HoldfastError' })
  })

  test('an unknown remote is REMOTE_UNKNOWN, and a server that is gone REMOTE_UNREACHABLE', async () => {
    const unknown = storeAt('nowhere:x')
    await expect(unknown.stat('a')).rejects.toMatchObject({ code: 'REMOTE_UNKNOWN' })
    await expect(unknown.put('a', randomBytes(3))).rejects.toMatchObject({ code: 'REMOTE_UNKNOWN' })
    await expect(Array.fromAsync(unknown.list(''))).rejects.toMatchObject({ code: 'REMOTE_UNKNOWN' })
    await expect(unknown.get('a')).rejects.toMatchObject({ code: 'REMOTE_UNKNOWN' })
    const server = await startWebdavServer()
    await using other = await startTestDaemon({ remotes: { gone: server.remote } })
    await server[Symbol.asyncDispose]()
    const store = createRcloneStore(other.daemon.client, {
      fs: 'gone:',
      spoolDir: join(other.folder, 'spool'),
    })
    await expect(store.stat('a', { signal: AbortSignal.timeout(20_000) })).rejects.toMatchObject({
      name: 'HoldfastError',
    })
  })

  test.each(['a folder', 'WebDAV', 'crypt on WebDAV'])(
    'a probe finds %s good and leaves nothing',
    async (on) => {
      const bases = {
        'a folder': join(folder, 'probe'),
        WebDAV: 'webdav:probe',
        'crypt on WebDAV': 'crypt_webdav:probe',
      }
      const store = storeAt(bases[on as keyof typeof bases])
      const clock = { nowMs: () => Date.now(), nowNs: () => process.hrtime.bigint() }
      const result = await probeStore(store, { clock, random: testRandom })
      expect(result.findings.filter(({ state }) => state !== 'ok')).toEqual([])
      expect(result).toMatchObject({ ok: true, clockOffsetMs: 0, left: [] })
      expect(result.findings).toHaveLength(8)
      expect(result.roundTripMs).toBeGreaterThan(0)
      expect(result.bytesPerSecond).toBeGreaterThan(1000)
      expect(await Array.fromAsync(store.list(''))).toEqual([])
    },
  )

  test('a cancelled put ends the transfer and leaves neither object nor spool file', async () => {
    const store = storeAt(`sftp:${sftp.root}/cancelled`)
    const body = randomBytes(64_000_000)
    const stop = new AbortController()
    const put = store.put('packs/3f/a', body, { signal: stop.signal })
    const group = { group: 'holdfast' }
    for (let round = 0; round < 400; round += 1) {
      const { body: stats } = await running.daemon.client.callRaw('core/stats', group)
      if (stats.includes('"transferring"')) break
    }
    stop.abort()
    await expect(put).rejects.toMatchObject({ code: 'CANCELLED' })
    const { body: stats } = await running.daemon.client.callRaw('core/stats', group)
    expect(stats).not.toContain('"transferring"')
    expect(await readdir(join(running.folder, 'spool'))).toEqual([])
    expect(await store.stat('packs/3f/a')).toBeUndefined()
  })

  test('writes nothing into the configuration for remotes that come through the environment', () => {
    expect(existsSync(join(running.folder, 'rclone.conf'))).toBe(false)
  })

  test('keeps the spool folder to itself', async () => {
    expect(statSync(join(running.folder, 'spool')).mode & 0o777).toBe(0o700)
    await rm(join(running.folder, 'spool'), { recursive: true })
    const store = storeAt(join(folder, 'again'))
    await store.put('a', randomBytes(3))
    expect(await store.stat('a')).toMatchObject({ size: 3 })
  })
})
