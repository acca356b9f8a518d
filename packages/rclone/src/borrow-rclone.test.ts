import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createTemporaryFolder, freePort } from '@holdfast/testkit'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { borrowRclone } from './borrow-rclone.ts'
import { inlineCrypt } from './crypt-options.ts'
import { createRcloneStore } from './rclone-store.ts'
import { testRandom } from './test-daemon.ts'

const LOGIN = { user: 'holdfast', password: 'lent to Holdfast' }
const SECRETS = { password: 'first secret of a vault', password2: 'second secret' }

test('a borrowed rclone carries an encrypted store, and neither its config nor its log learns the keys', async () => {
  await using folder = await createTemporaryFolder()
  await using lent = await lendRclone(folder.path)
  await using rclone = await borrowRclone(borrowed(lent.url, folder.path))
  const fs = inlineCrypt(join(folder.path, 'a "vault", v1'), SECRETS, testRandom)
  const spoolDir = join(folder.path, 'spool')
  const store = createRcloneStore(rclone.client, { fs, spoolDir, checksums: 'skip' })
  const body = Buffer.from(testRandom.bytes(100_000))
  await store.put('packs/one', body)
  expect(await store.get('packs/one')).toEqual(body)
  expect(await store.get('packs/one', { range: { offset: 70_000, length: 10 } })).toEqual(
    body.subarray(70_000, 70_010),
  )
  expect(await Array.fromAsync(store.list('packs'))).toMatchObject([{ key: 'packs/one', size: 100_000 }])

  const missing = store.get('packs/two')
  await expect(missing).rejects.toThrow(/a "vault", v1/)
  await expect(missing).rejects.not.toThrow(/password/)
  for (const file of ['log', 'rclone.conf']) {
    const text = await readFile(join(folder.path, file), 'utf8').catch(() => '')
    expect(text).not.toMatch(/crypt|password|secret/)
  }
})

test('what would change a borrowed rclone is refused before it is asked', async () => {
  await using folder = await createTemporaryFolder()
  await using lent = await lendRclone(folder.path)
  await using rclone = await borrowRclone(borrowed(lent.url, folder.path))
  const refused = { code: 'REMOTE_REFUSED' }
  const call = (method: string, parameters: object) => rclone.client.callRaw(method, parameters)
  await expect(call('config/create', { name: 'x', type: 'memory' })).rejects.toMatchObject(refused)
  await expect(call('core/quit', {})).rejects.toMatchObject(refused)
  await expect(call('core/bwlimit', { rate: 'off' })).rejects.toMatchObject(refused)
  expect(await rclone.client.call('config/listremotes', {}, z.unknown())).toBeDefined()
})

test.each([
  ['a wrong password', [], { password: 'another' }, /does not accept the user and password/],
  ['nobody to let in', ['--rc-no-auth'], {}, /lets everybody in/],
  ['a log of all calls', ['-vv'], {}, /would write keys to its log/],
  ['no files handed out', ['--rc-serve=false'], {}, /--rc-serve/],
])('an rclone with %s is not borrowed', async (_name, flags, login, why) => {
  await using folder = await createTemporaryFolder()
  await using lent = await lendRclone(folder.path, flags)
  const options = borrowed(lent.url, folder.path)
  const trial = borrowRclone({ ...options, address: { ...options.address, ...login } })
  await expect(trial).rejects.toMatchObject({ code: 'RCLONE_UNFIT' })
  await expect(trial).rejects.toThrow(why)
})

test('a borrowed rclone that is started again goes on, and one that stays away is told of', async () => {
  await using folder = await createTemporaryFolder()
  const lent = await lendRclone(folder.path)
  await using rclone = await borrowRclone({ ...borrowed(lent.url, folder.path), lookEveryMs: 400 })
  await lent[Symbol.asyncDispose]()
  await expect(rclone.client.call('core/version', {}, z.unknown())).rejects.toMatchObject({
    code: 'RCLONE_DIED',
  })
  expect(await rclone.died).toEqual({ expected: false, reason: 'it does not answer' })
  await using _again = await lendRclone(folder.path, [], new URL(lent.url).port)
  await rclone.client.call('core/version', {}, z.unknown())
})

function borrowed(url: string, folder: string) {
  return { address: { url, ...LOGIN }, spoolDir: join(folder, 'spool'), random: testRandom }
}

/** An `rclone rcd` that is nobody's child of ours in particular. */
async function lendRclone(
  folder: string,
  flags: readonly string[] = [],
  port?: string,
): Promise<AsyncDisposable & { url: string }> {
  const chosen = port ?? String(await freePort())
  const login = flags.includes('--rc-no-auth')
    ? []
    : [`--rc-user=${LOGIN.user}`, `--rc-pass=${LOGIN.password}`]
  const files = [`--config=${join(folder, 'rclone.conf')}`, `--log-file=${join(folder, 'log')}`]
  const args = ['rcd', '--rc-serve', `--rc-addr=127.0.0.1:${chosen}`, ...login, ...files, ...flags]
  const child = spawn('rclone', args, { stdio: 'ignore' })
  await answers(child, Number(chosen))
  return {
    url: `http://127.0.0.1:${chosen}`,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}

async function answers(child: ChildProcess, port: number): Promise<void> {
  for (let i = 0; i < 400; i += 1) {
    if (child.exitCode !== null) throw new Error(`rclone ended with ${child.exitCode}`)
    const there = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    )
    if (there) return
    await wait(50)
  }
  throw new Error('rclone does not answer')
}
