import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { type OauthServer, startOauthServer } from '@holdfast/testkit'
import { describe, expect, test } from 'vitest'
import { readPastedToken, type SignIn, startSignIn } from './authorize.ts'
import { findRclone } from './find-rclone.ts'

const provider = {
  ...{ id: 'google cloud storage', name: 'Google Cloud Storage', environmentPrefix: 'gcs' },
  options: [],
}

async function signIn(oauth: OauthServer, timeoutMs?: number): Promise<SignIn> {
  const { binary } = await findRclone(process.env.PATH ?? '')
  const limit = timeoutMs === undefined ? {} : { timeoutMs }
  return await startSignIn({ binary, provider, values: oauth.options, ...limit })
}

/** The port is the machine's: a test of another program may have it for a while. */
async function signInWhenFree(oauth: OauthServer, timeoutMs?: number): Promise<SignIn> {
  for (let tries = 0; tries < 40; tries += 1) {
    try {
      return await signIn(oauth, timeoutMs)
    } catch (error) {
      if (!(error instanceof Error && error.message.includes('Another sign-in'))) throw error
      await wait(250)
    }
  }
  throw new Error('somebody else signs in all the time')
}

/** What a test's browser does with a page: it goes wherever it is sent. rclone may close before its own page is out. */
const visit = (link: string) =>
  fetch(link)
    .then((answer) => answer.text())
    .catch(() => '')

/** Of this sign-in's programs: those of other tests have another provider in their environment. */
async function commandLinesOf(oauth: OauthServer): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const read = (pid: string, name: string) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')
  const own: string[] = []
  for (const pid of pids)
    if ((await read(pid, 'environ')).includes(oauth.authUrl)) own.push(await read(pid, 'cmdline'))
  return own.map((line) => line.replaceAll('\0', ' '))
}

// One after the other: rclone waits for the browser on one fixed port.
describe('A sign-in that runs here', () => {
  test("gives the provider's page and, once somebody allowed it, the token", async () => {
    await using oauth = await startOauthServer()
    await using running = await signInWhenFree(oauth)
    expect(running.link).toContain(oauth.authUrl)
    const commands = await commandLinesOf(oauth)
    expect(commands.join('\n')).toContain('google cloud storage')
    expect(commands.join('\n')).not.toContain('canary-client-secret')
    await visit(running.link)
    const { token } = await running.result
    expect(JSON.parse(token)).toMatchObject({ refresh_token: oauth.tokens[1] })
  })

  test('says who said no', async () => {
    await using oauth = await startOauthServer()
    oauth.consent = 'deny'
    await using running = await signInWhenFree(oauth)
    const result = expect(running.result).rejects.toMatchObject({
      code: 'REMOTE_DENIED',
      next: 'Sign in again.',
    })
    await visit(running.link)
    await result
  })

  test('is finished by the address at which a browser elsewhere ended, and by no other', async () => {
    await using oauth = await startOauthServer()
    await using running = await signInWhenFree(oauth)
    const answer = await fetch(running.link, { redirect: 'manual' })
    const end = answer.headers.get('location') ?? ''
    for (const wrong of ['nonsense', 'http://example.com/?code=1', end.replace('state=', 'state=x')])
      await expect(running.deliver(wrong)).rejects.toMatchObject({ code: 'INPUT_INVALID' })
    await running.deliver(end)
    expect((await running.result).token).toContain(oauth.tokens[0])
  })

  test('ends at once when it is cancelled, and the next one can start', async () => {
    await using oauth = await startOauthServer()
    const running = await signInWhenFree(oauth)
    const result = expect(running.result).rejects.toMatchObject({ code: 'CANCELLED' })
    await running[Symbol.asyncDispose]()
    await result
    expect(await commandLinesOf(oauth)).toEqual([])
    await using again = await signInWhenFree(oauth)
    await visit(again.link)
    await again.result
  })

  test('ends by itself when nobody comes, and says that another one is under way', async () => {
    await using oauth = await startOauthServer()
    await using running = await signInWhenFree(oauth, 1500)
    const late = expect(running.result).rejects.toMatchObject({
      ...{ code: 'REMOTE_DENIED', message: expect.stringContaining('in time') },
    })
    await expect(signIn(oauth)).rejects.toMatchObject({ message: expect.stringContaining('Another sign-in') })
    await late
  })
})

describe('What is pasted from another machine', () => {
  const token =
    '{"access_token":"a","token_type":"Bearer","refresh_token":"r","expiry":"2030-01-01T00:00:00Z"}'
  const options = [{ name: 'hostname' }, { name: 'scope' }].map((part) => ({
    ...{ label: '', help: '', kind: 'text' as const, required: false, advanced: false, default: '' },
    ...{ examples: [], provider: '', isSecret: false, sensitive: false, multiline: false, ...part },
  }))

  test.each([
    ['the token', token],
    ['all that was printed', `Paste the following into your remote machine --->\n${token}\n<---End paste\n`],
    ['a configuration in base64', Buffer.from(JSON.stringify({ token })).toString('base64url')],
    [
      'one that was broken into lines',
      Buffer.from(JSON.stringify({ token })).toString('base64').replace(/.{40}/g, '$&\n'),
    ],
  ])('may be %s', (_name, text) => {
    expect(readPastedToken(text, { options })).toEqual({ token, others: {} })
  })

  test('may bring along options of the form, and no other', () => {
    const config = { token, hostname: 'eapi.pcloud.com', bearer_token_command: 'id', type: 'sftp' }
    const text = Buffer.from(JSON.stringify(config)).toString('base64url')
    expect(readPastedToken(text, { options })).toEqual({ token, others: { hostname: 'eapi.pcloud.com' } })
  })

  test('is refused when there is no token in it', () => {
    for (const text of ['', 'hello', '{"a":1}', Buffer.from('{"token":"x"}').toString('base64url')])
      expect(() => readPastedToken(text, { options })).toThrow('This is not what')
  })
})
