import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findRclone, type RcloneClient, startRcloneDaemon } from '@holdfast/rclone'
import { startOauthServer } from '@holdfast/testkit'
import { expect, test } from 'vitest'
import { endOfSignIn } from './end-of-sign-in.ts'
import { watchSignIns } from './sign-in-watch.ts'

const at = (remote: string) => ({ kind: 'remote', remote, path: 'vault' }) as const

/** rclone with a remote that is signed in to, another built upon it, and one without a sign-in. */
async function signedIn(options: Record<string, string>, token: string) {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-sign-in-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const configFile = join(folder, 'rclone.conf')
  const section = (name: string, values: Record<string, string>) =>
    [`[${name}]`, ...Object.entries(values).map(([key, value]) => `${key} = ${value}`), ''].join('\n')
  const sections = [
    section('store', { type: 'google cloud storage', ...options, token }),
    section('below', { type: 'alias', remote: 'store:bucket' }),
    section('disk', { type: 'alias', remote: folder }),
  ]
  await writeFile(configFile, sections.join('\n'))
  const { binary } = await findRclone(process.env.PATH ?? '')
  const daemon = stack.use(await startRcloneDaemon({ binary, configFile, stateDir: join(folder, 'state') }))
  const owned = stack.move()
  return { client: daemon.client, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

function watch(client: RcloneClient) {
  let changes = 0
  const errors: unknown[] = []
  const onChange = () => {
    changes += 1
  }
  const watching = watchSignIns({ client, onChange, onError: (error) => errors.push(error) })
  return { ...watching, changes: () => changes, errors, [Symbol.dispose]: () => watching[Symbol.dispose]() }
}

test('a sign-in that renews itself is no trouble, and one that is refused is, for all that is built upon it', async () => {
  await using oauth = await startOauthServer()
  oauth.lastsSeconds = -60
  await using rclone = await signedIn(oauth.options, oauth.issueToken())
  using watching = watch(rclone.client)
  oauth.lastsSeconds = 1
  await watching.look()
  expect(watching.troubleAt(at('store'))).toBeUndefined()
  expect(oauth.given.refreshes).toBe(1)

  oauth.refuseRefresh = true
  await expect.poll(() => watching.look().then(() => watching.changes()), { timeout: 20_000 }).toBe(1)
  const trouble = { kind: 'refused', remote: 'store' }
  expect(watching.troubleAt(at('store'))).toEqual(trouble)
  expect(watching.troubleAt(at('below'))).toEqual(trouble)
  expect(watching.troubleAt(at('disk'))).toBeUndefined()
  expect(watching.troubleAt({ kind: 'folder', path: '/store' })).toBeUndefined()
  await watching.look()
  expect(watching.changes()).toBe(1)
})

test('a token without a way to renew it tells when it ends', async () => {
  await using oauth = await startOauthServer()
  const { refresh_token: _none, ...token } = JSON.parse(oauth.issueToken())
  const expiry = '2031-03-01T10:00:00Z'
  await using rclone = await signedIn(oauth.options, JSON.stringify({ ...token, expiry }))
  using watching = watch(rclone.client)
  await watching.look()
  const trouble = { kind: 'ends', remote: 'store', at: new Date(expiry) }
  expect(watching.troubleAt(at('below'))).toEqual(trouble)
})

test.each([
  ['nothing', undefined],
  ['a text of its own', 'ya29.abc'],
  ['one that renews itself', '{"refresh_token":"r","expiry":"2031-03-01T10:00:00Z"}'],
  ['one that never ends', '{"access_token":"a","expiry":"0001-01-01T00:00:00Z"}'],
])('%s has no end', (_title, token) => {
  expect(endOfSignIn(token)).toBeNull()
})
