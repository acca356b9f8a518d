import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTemporaryFolder } from '@holdfast/testkit'
import { describe, expect, test } from 'vitest'
import { cryptOptions } from './crypt-options.ts'
import { createRcloneStore } from './rclone-store.ts'
import { checkPlaceAllowed, createCryptRemote, listRemotes, readRemoteOptions } from './remotes.ts'
import { startTestDaemon, testRandom } from './test-daemon.ts'

const CONFIG = `
[nas]
type = sftp
host = 127.0.0.1
pass = canary
md5sum_command = md5sum
server_command = /usr/lib/sftp-server

[dav]
type = webdav
url = http://127.0.0.1:9/
bearer_token_command = cat /etc/passwd

[external]
type = sftp
ssh = ssh -F /tmp/x host

[mapped]
type = local
override.metadata_mapper = /tmp/x

[over-dav]
type = crypt
remote = dav:vault
password = canary

[both]
type = union
upstreams = nas:a "dav:b c"

[dirs]
type = combine
upstreams = "one=nas:a" two=dav:b

[string]
type = alias
remote = :webdav,bearer_token_command=id:

[loop]
type = alias
remote = loop:x

[fine]
type = alias
remote = /srv/a:b

[over-missing]
type = alias
remote = missing:
`

async function daemonWith(config: string) {
  const folder = await createTemporaryFolder()
  const configFile = join(folder.path, 'rclone.conf')
  await writeFile(configFile, config)
  const running = await startTestDaemon({ configFile })
  return {
    client: running.daemon.client,
    folder: folder.path,
    [Symbol.asyncDispose]: async () => {
      await running[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

describe("The remotes of rclone's configuration", () => {
  test('are listed by name and type, never with an option', async () => {
    await using rclone = await daemonWith(CONFIG)
    const remotes = await listRemotes(rclone.client)
    expect(remotes.map(({ name }) => name)).toEqual(
      [
        'nas',
        'dav',
        'external',
        'mapped',
        'over-dav',
        'both',
        'dirs',
        'string',
        'loop',
        'fine',
        'over-missing',
      ].sort(),
    )
    expect(remotes.find(({ name }) => name === 'nas')).toEqual({ name: 'nas', type: 'sftp' })
    expect(JSON.stringify(remotes)).not.toContain('canary')
  })

  test('are refused when they, or what they are built upon, run a program of this machine', async () => {
    await using rclone = await daemonWith(CONFIG)
    const codeOf = (remote: string) =>
      checkPlaceAllowed(rclone.client, { kind: 'remote', remote, path: 'x' }).then(
        () => 'allowed',
        (error: unknown) => (error instanceof Error && 'code' in error ? `${error.code}` : 'other'),
      )
    for (const name of ['dav', 'external', 'mapped', 'over-dav', 'both', 'dirs', 'string'])
      expect(await codeOf(name), name).toBe('REMOTE_REFUSED')
    for (const name of ['nas', 'loop', 'fine']) expect(await codeOf(name), name).toBe('allowed')
    for (const name of ['missing', 'over-missing', 'toString', '__proto__'])
      expect(await codeOf(name), name).toBe('REMOTE_UNKNOWN')
    await checkPlaceAllowed(rclone.client, { kind: 'folder', path: '/srv' })
  })

  test('are read with their options for a recovery kit, together with what they are built upon, and no other', async () => {
    await using rclone = await daemonWith(CONFIG)
    const found = await readRemoteOptions(rclone.client, { kind: 'remote', remote: 'both', path: 'x' })
    expect(Object.keys(found)).toEqual(['both', 'nas', 'dav'])
    expect(found.nas).toMatchObject({ type: 'sftp', pass: 'canary' })
    expect(await readRemoteOptions(rclone.client, { kind: 'folder', path: '/srv' })).toEqual({})
    const missing = readRemoteOptions(rclone.client, { kind: 'remote', remote: 'over-missing', path: '' })
    await expect(missing).rejects.toMatchObject({ code: 'REMOTE_UNKNOWN' })
  })

  test('gain a crypt remote that works, also over a folder with an odd name', async () => {
    await using rclone = await daemonWith('')
    const base = join(rclone.folder, 'Va ult; #1 100% "x" ü]')
    await createCryptRemote(
      rclone.client,
      'vault',
      cryptOptions(base, { password: 'a', password2: 'b' }, testRandom),
    )
    expect(await listRemotes(rclone.client)).toEqual([{ name: 'vault', type: 'crypt' }])
    const store = createRcloneStore(rclone.client, { fs: 'vault:', spoolDir: join(rclone.folder, 'spool') })
    await store.put('packs/a', Uint8Array.of(1, 2, 3))
    expect([...(await store.get('packs/a'))]).toEqual([1, 2, 3])
    const raw = createRcloneStore(rclone.client, { fs: base, spoolDir: join(rclone.folder, 'spool') })
    expect(await Array.fromAsync(raw.list(''))).toMatchObject([{ size: 32 + 16 + 3 }])
  })

  test('are not given a folder whose name the configuration would change', async () => {
    await using rclone = await daemonWith('')
    const options = cryptOptions('/vault %(home)s', { password: 'a', password2: 'b' }, testRandom)
    await expect(createCryptRemote(rclone.client, 'vault', options)).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    })
    expect(await listRemotes(rclone.client)).toEqual([])
  })
})
