import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type OauthServer, startOauthServer, startWebdavServer } from '@holdfast/testkit'
import { describe, expect, test } from 'vitest'
import { ownerOf, startTestAgent, type TestAgent, temporaryFolder } from './_test-agent.ts'

const LOGIN = { user: 'ada', password: 'canary-password-1' }
const GCS = 'google cloud storage'

async function webdav() {
  const server = await startWebdavServer({ login: LOGIN })
  const { url = '' } = server.remote
  const values = { url, vendor: 'other', user: LOGIN.user, pass: LOGIN.password }
  return { server, values, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

/** Everything that the agent ever wrote down or said, to look for secrets in. */
async function everythingSaid(agent: TestAgent): Promise<string> {
  const files = await Promise.all(
    ['holdfast.db', 'holdfast.db-wal', 'rclone.conf'].map((name) =>
      readFile(join(agent.home, name), 'latin1').catch(() => ''),
    ),
  )
  return files.join('\n') + JSON.stringify(agent.logs)
}

describe('A remote made by its form', () => {
  test('is tried, kept sealed, shown without its password, changed and removed', async () => {
    await using dav = await webdav()
    await using agent = await startTestAgent()
    const api = ownerOf(agent.agent)
    expect((await api.remote.providers.query({ search: 'web' })).map(({ id }) => id)).toEqual(['webdav'])

    const saved = await api.remote.start.mutate({ name: 'cloud', type: 'webdav', values: dav.values })
    expect(saved).toMatchObject({ kind: 'saved', name: 'cloud' })
    expect(await api.remote.list.query()).toMatchObject([
      { name: 'cloud', kind: 'WebDAV', own: true, usedBy: [], signInEndsAt: null },
    ])
    const details = await api.remote.details.query({ name: 'cloud' })
    expect(details.values).toEqual({ url: dav.values.url, vendor: 'other', user: 'ada' })
    expect(details.kept).toEqual(['pass'])

    await api.remote.makeFolder.mutate({ remote: 'cloud', path: 'backups/this machine' })
    const folders = await api.remote.folders.query({ remote: 'cloud', path: 'backups' })
    expect(folders).toEqual({
      ...{ path: 'backups', parent: '', cut: false },
      folders: [{ name: 'this machine', path: 'backups/this machine' }],
    })
    const result = await api.remote.test.mutate({ remote: 'cloud', path: 'backups' })
    expect(result).toMatchObject({ ok: true, left: [] })
    expect(result.findings.map(({ check }) => check)).toContain('range')

    const change = { cleared: [], signInAgain: false }
    const renamed = { name: 'cloud', type: 'webdav', values: { user: 'nobody' }, change }
    expect(await api.remote.start.mutate(renamed)).toMatchObject({ kind: 'refused' })
    expect((await api.remote.details.query({ name: 'cloud' })).values.user).toBe('ada')

    await api.remote.remove.mutate({ name: 'cloud' })
    expect(await api.remote.list.query()).toEqual([])
    expect(await everythingSaid(agent)).not.toContain(LOGIN.password)
  })

  test('with a wrong password is not saved, unless that is wanted', async () => {
    await using dav = await webdav()
    await using agent = await startTestAgent()
    const api = ownerOf(agent.agent)
    const wrong = { name: 'cloud', type: 'webdav', values: { ...dav.values, pass: 'canary-wrong' } }
    const refused = await api.remote.start.mutate(wrong)
    expect(refused).toMatchObject({ kind: 'refused', problem: { code: 'REMOTE_DENIED' } })
    if (refused.kind !== 'refused') throw new Error(refused.kind)
    expect(refused.problem.message).toBe('“cloud” does not let Holdfast in.')
    expect(await api.remote.list.query()).toEqual([])

    const right = { ...wrong, values: dav.values, replaces: refused.id }
    expect(await api.remote.start.mutate(right)).toMatchObject({ kind: 'saved' })
    await expect(api.remote.conversation.query({ id: refused.id })).rejects.toThrow('has ended')

    const other = await api.remote.start.mutate({ ...wrong, name: 'later' })
    if (other.kind !== 'refused') throw new Error(other.kind)
    expect(await api.remote.save.mutate({ id: other.id, force: false })).toMatchObject({ kind: 'refused' })
    expect(await api.remote.save.mutate({ id: other.id, force: true })).toMatchObject({ kind: 'saved' })
    expect((await api.remote.list.query()).map(({ name }) => name)).toEqual(['cloud', 'later'])
    expect(await everythingSaid(agent)).not.toContain('canary-')
  })

  test('says beside each field what is wrong with it, and begins nothing then', async () => {
    await using agent = await startTestAgent()
    const api = ownerOf(agent.agent)
    const values = { url: 'two\nlines', bearer_token_command: 'id', pass: 'x' }
    expect(await api.remote.start.mutate({ name: 'a b', type: 'webdav', values })).toEqual({
      kind: 'problems',
      fields: {
        name: 'Letters, digits, - and _ only, please.',
        url: 'One line of plain text, please.',
        bearer_token_command: 'There is no such option here.',
      },
    })
    for (const type of ['local', 'union', 'nonsense'])
      await expect(api.remote.start.mutate({ name: 'x', type, values: {} })).rejects.toThrow(
        'makes no remote',
      )
    const over = { name: 'over', type: 'crypt', values: { remote: 'missing:x', password: 'p' } }
    expect(await api.remote.start.mutate(over)).toMatchObject({
      fields: { remote: 'There is no other remote "missing".' },
    })
    const string = { ...over, values: { ...over.values, remote: ':sftp,ssh=id:' } }
    expect(await api.remote.start.mutate(string)).toMatchObject({ kind: 'problems' })
  })

  test('is not removed while a plan or another remote needs it', async () => {
    await using dav = await webdav()
    await using agent = await startTestAgent()
    await using source = await temporaryFolder()
    const api = ownerOf(agent.agent)
    await api.remote.start.mutate({ name: 'cloud', type: 'webdav', values: dav.values })
    const values = { remote: 'cloud:sealed', password: 'canary-crypt' }
    expect(await api.remote.start.mutate({ name: 'sealed', type: 'crypt', values })).toMatchObject({
      kind: 'saved',
    })
    const plan = await api.plan.create.mutate({
      ...{ name: 'Papers', sources: [{ path: source.path, excludes: [] }], passphrase: 'correct horse' },
      ...{ place: { kind: 'remote', remote: 'sealed', path: 'vault' }, schedule: { kind: 'manual' } },
    })
    await expect(api.remote.remove.mutate({ name: 'cloud' })).rejects.toThrow(
      '"cloud" is used by the plan "Papers", the remote "sealed".',
    )
    await expect(api.remote.remove.mutate({ name: 'sealed' })).rejects.toThrow('the plan "Papers"')
    await api.plan.remove.mutate({ id: plan.id })
    await api.remote.remove.mutate({ name: 'sealed' })
    await api.remote.remove.mutate({ name: 'cloud' })
    expect(await api.remote.list.query()).toEqual([])
  })
})

describe('A remote that is signed in to', () => {
  test('is made by a browser, renews itself, and is signed in to again when that ended', async () => {
    await using oauth = await startOauthServer()
    await using agent = await startTestAgent()
    const api = ownerOf(agent.agent)
    const id = await begun(agent, oauth, 'store')
    const waiting = await signIn(agent, id)
    expect(waiting.link).toContain(oauth.authUrl)
    await visit(waiting.link)
    await expect
      .poll(() => api.remote.conversation.query({ id }), { timeout: 15_000 })
      .toMatchObject({ kind: 'saved' })

    const change = { cleared: [], signInAgain: true }
    const again = await api.remote.start.mutate({ name: 'store', type: GCS, values: {}, change })
    expect(again).toMatchObject({ kind: 'sign-in', command: 'rclone authorize "google cloud storage"' })
    if (again.kind !== 'sign-in') throw new Error(again.kind)
    expect(await api.remote.signIn.paste.mutate({ id: again.id, text: oauth.issueToken() })).toMatchObject({
      kind: 'saved',
    })
    const said = await everythingSaid(agent)
    for (const secret of [...oauth.tokens, 'canary-client-secret']) expect(said).not.toContain(secret)
  })

  test('says who said no, can be cancelled, and finished from a browser elsewhere', async () => {
    await using oauth = await startOauthServer()
    await using agent = await startTestAgent()
    const api = ownerOf(agent.agent)
    const id = await begun(agent, oauth, 'store')
    oauth.consent = 'deny'
    await visit((await signIn(agent, id)).link)
    await expect
      .poll(() => api.remote.conversation.query({ id }), { timeout: 15_000 })
      .toMatchObject({
        signIn: { state: 'failed', problem: { code: 'REMOTE_DENIED', next: 'Sign in again.' } },
      })

    oauth.consent = 'allow'
    await signIn(agent, id)
    expect(await api.remote.signIn.cancel.mutate({ id })).toMatchObject({ signIn: { state: 'idle' } })
    await expect(api.remote.signIn.paste.mutate({ id, text: 'hello' })).rejects.toThrow('This is not what')

    const { link } = await signIn(agent, id)
    const end = (await fetch(link, { redirect: 'manual' })).headers.get('location') ?? ''
    await api.remote.signIn.paste.mutate({ id, text: end })
    await expect
      .poll(() => api.remote.conversation.query({ id }), { timeout: 15_000 })
      .toMatchObject({ kind: 'saved' })
  })

  test('leaves nothing when it is given up', async () => {
    await using oauth = await startOauthServer()
    await using agent = await startTestAgent()
    const api = ownerOf(agent.agent)
    const id = await begun(agent, oauth, 'store')
    await signIn(agent, id)
    await api.remote.cancel.mutate({ id })
    await api.remote.cancel.mutate({ id })
    await expect(api.remote.conversation.query({ id })).rejects.toThrow('has ended')
    expect(await api.remote.list.query()).toEqual([])
    expect(await api.setup.remotes.query()).toEqual([])
  })

  test('says that the sign-in has ended when it can no more be renewed', async () => {
    await using oauth = await startOauthServer()
    await using agent = await startTestAgent()
    const api = ownerOf(agent.agent)
    const id = await begun(agent, oauth, 'store')
    oauth.lastsSeconds = -60
    oauth.refuseRefresh = true
    const answer = await api.remote.signIn.paste.mutate({ id, text: oauth.issueToken() })
    expect(answer).toMatchObject({ kind: 'refused', problem: { code: 'REMOTE_DENIED' } })
  })
})

async function begun(agent: TestAgent, oauth: OauthServer, name: string): Promise<string> {
  const api = ownerOf(agent.agent)
  const values = { ...oauth.options }
  const step = await api.remote.start.mutate({ name, type: GCS, values })
  if (step.kind !== 'sign-in') throw new Error(JSON.stringify(step))
  return step.id
}

/** Goes wherever it is sent. rclone may close before its own page is out: what came of it, the conversation tells. */
const visit = (link: string) => fetch(link).catch(() => undefined)

/** rclone's port is the machine's: a test of another program may have it for a while. */
async function signIn(agent: TestAgent, id: string): Promise<{ link: string }> {
  const api = ownerOf(agent.agent)
  for (let tries = 0; tries < 40; tries += 1) {
    const step = await api.remote.signIn.start.mutate({ id }).catch((error: unknown) => {
      if (!(error instanceof Error && error.message.includes('Another sign-in'))) throw error
      return undefined
    })
    if (step?.kind === 'sign-in' && step.signIn.state === 'waiting') return step.signIn
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  throw new Error('somebody else signs in all the time')
}
