import { type OauthServer, startOauthServer } from '@holdfast/testkit'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { RcloneClient } from './client.ts'
import {
  answerRemote,
  beginRemote,
  discardRemote,
  finishRemote,
  sectionOf,
  signRemoteIn,
} from './configure-remote.ts'
import { createRcloneStore } from './rclone-store.ts'
import { listRemotes } from './remotes.ts'
import { startTestDaemon } from './test-daemon.ts'

const GCS = 'google cloud storage'
const names = async (client: RcloneClient) => (await listRemotes(client)).map(({ name }) => name)

describe('A remote without questions', () => {
  test('is made under its name with its password obscured, and nothing of the draft remains', async () => {
    await using rclone = await startTestDaemon()
    const { client } = rclone.daemon
    const values = {
      url: 'http://127.0.0.1:9/',
      vendor: 'other',
      user: 'ada',
      pass: 'XHmpm0LBXa4OqG_2UVTjLOvqOnrN0XjjOXk',
    }
    expect(await beginRemote(client, { draft: 'draft', type: 'webdav', values })).toEqual({ kind: 'done' })
    await finishRemote(client, 'draft', 'cloud')
    expect(await names(client)).toEqual(['cloud'])
    const { pass, ...rest } = await sectionOf(client, 'cloud', {})
    expect(rest).toEqual({ type: 'webdav', url: values.url, vendor: 'other', user: 'ada' })
    // It looks like an obscured one, and is still obscured once.
    expect(pass).not.toBe(values.pass)
  })

  test('is changed as a whole: what is not named stays, what is cleared goes', async () => {
    await using rclone = await startTestDaemon()
    const { client } = rclone.daemon
    await beginRemote(client, {
      ...{ draft: 'draft', type: 'webdav' },
      values: { url: 'http://127.0.0.1:9/', vendor: 'other', user: 'ada', pass: 'secret' },
    })
    await finishRemote(client, 'draft', 'cloud')
    const before = await sectionOf(client, 'cloud', {})
    const from = { name: 'cloud', cleared: ['vendor'], signInAgain: false }
    const change = { draft: 'draft', type: 'webdav', values: { user: 'bob' }, from }
    expect(await beginRemote(client, change)).toEqual({ kind: 'done' })
    expect(await sectionOf(client, 'cloud', {})).toEqual(before)
    await finishRemote(client, 'draft', 'cloud')
    const { vendor: _gone, ...kept } = before
    expect(await sectionOf(client, 'cloud', {})).toEqual({ ...kept, user: 'bob' })
    expect(await names(client)).toEqual(['cloud'])
  })

  test('keeps odd values through the file on the disk', async () => {
    await using rclone = await startTestDaemon()
    const values = {
      url: 'http://127.0.0.1:9/a b#c;d="e"',
      user: 'ü "x" \'y\' = # ; [z]',
      pass: ' p`a"s%(s)s ',
    }
    await beginRemote(rclone.daemon.client, { draft: 'draft', type: 'webdav', values })
    await finishRemote(rclone.daemon.client, 'draft', 'odd')
    const before = await sectionOf(rclone.daemon.client, 'odd', {})
    await rclone.daemon[Symbol.asyncDispose]()
    await using again = await startTestDaemon({ configFile: `${rclone.folder}/rclone.conf` })
    expect(await sectionOf(again.daemon.client, 'odd', {})).toEqual(before)
  })

  test('that rclone does not know leaves nothing behind', async () => {
    await using rclone = await startTestDaemon()
    const request = { draft: 'draft', type: 'no-such-kind', values: { url: 'x' } }
    await expect(beginRemote(rclone.daemon.client, request)).rejects.toThrow('no-such-kind')
    expect(await names(rclone.daemon.client)).toEqual([])
    const unknown = { ...request, type: 'webdav', from: { name: 'missing', cleared: [], signInAgain: false } }
    await expect(beginRemote(rclone.daemon.client, unknown)).rejects.toMatchObject({ code: 'REMOTE_UNKNOWN' })
  })
})

describe('A remote with questions and a sign-in', () => {
  test('asks for the sign-in, then what rclone wants to know, and can be given up at any time', async () => {
    await using rclone = await startTestDaemon()
    const { client } = rclone.daemon
    const request = {
      draft: 'draft',
      type: 'drive',
      values: { client_id: 'x', client_secret: 'y', scope: 'drive' },
    }
    const first = await beginRemote(client, request)
    if (first.kind !== 'sign-in') throw new Error(first.kind)
    const signedIn = { token: token('2030-01-01T00:00:00Z'), others: {} }
    const second = await signRemoteIn(client, 'draft', { state: first.state, signedIn })
    expect(second).toMatchObject({
      kind: 'question',
      option: { name: 'config_change_team_drive', kind: 'boolean' },
    })
    if (second.kind !== 'question') throw new Error(second.kind)
    expect(await answerRemote(client, 'draft', { state: second.state, result: 'false' })).toEqual({
      kind: 'done',
    })
    await discardRemote(client, 'draft')
    expect(await names(client)).toEqual([])
  })

  test('keeps its sign-in through a change, and gets a new one when that is asked for', async () => {
    await using rclone = await startTestDaemon()
    await using oauth = await startOauthServer()
    const { client } = rclone.daemon
    await signedInRemote(client, oauth, 'store')
    const old = (await sectionOf(client, 'store', {})).token
    const from = { name: 'store', cleared: [], signInAgain: false }
    const change = { draft: 'draft', type: GCS, values: { location: 'eu' }, from }
    expect(await beginRemote(client, change)).toEqual({ kind: 'done' })
    await finishRemote(client, 'draft', 'store')
    expect((await sectionOf(client, 'store', {})).token).toBe(old)
    const again = { ...change, values: {}, from: { ...from, signInAgain: true } }
    expect(await beginRemote(client, again)).toMatchObject({ kind: 'sign-in' })
    await discardRemote(client, 'draft')
  })

  test('works with the token, renews it when it has expired, and says so when that is refused', async () => {
    await using rclone = await startTestDaemon()
    await using oauth = await startOauthServer()
    const { client } = rclone.daemon
    await signedInRemote(client, oauth, 'store')
    const listed = () => client.call('operations/list', { fs: 'store:', remote: '' }, Listing)
    expect((await listed()).list.map(({ Path }) => Path)).toEqual(['bucket'])
    expect(oauth.given.refreshes).toBe(0)

    await expire(client, 'store')
    expect((await listed()).list).toHaveLength(1)
    expect(oauth.given.refreshes).toBe(1)
    expect((await sectionOf(client, 'store', {})).token).toContain(oauth.tokens.at(-1))

    oauth.refuseRefresh = true
    await expire(client, 'store')
    const store = createRcloneStore(client, { fs: 'store:bucket', spoolDir: `${rclone.folder}/spool` })
    await expect(store.stat('vault.json')).rejects.toMatchObject({
      code: 'REMOTE_DENIED',
      next: expect.stringMatching(/Sign in.*again/),
    })
  })
})

const Listing = z.object({ list: z.array(z.object({ Path: z.string() })) })

function token(expiry: string): string {
  return JSON.stringify({ access_token: 'a', token_type: 'Bearer', refresh_token: 'r', expiry })
}

async function signedInRemote(client: RcloneClient, oauth: OauthServer, name: string): Promise<void> {
  const step = await beginRemote(client, { draft: 'draft', type: GCS, values: oauth.options })
  if (step.kind !== 'sign-in') throw new Error(step.kind)
  const signedIn = { token: oauth.issueToken(), others: {} }
  expect(await signRemoteIn(client, 'draft', { state: step.state, signedIn })).toEqual({ kind: 'done' })
  await finishRemote(client, 'draft', name)
}

/** As time would do it. */
async function expire(client: RcloneClient, name: string): Promise<void> {
  const { type, ...section } = await sectionOf(client, name, {})
  const held = z.record(z.string(), z.string()).parse(JSON.parse(section.token ?? ''))
  const parameters = { ...section, token: JSON.stringify({ ...held, expiry: '2020-01-01T00:00:00Z' }) }
  await client.call(
    'config/create',
    { name, type, parameters, opt: { nonInteractive: true, noObscure: true } },
    z.object({}),
  )
  await client.callRaw('fscache/clear', {})
}
