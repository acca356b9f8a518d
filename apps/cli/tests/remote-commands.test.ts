import { writeFileSync } from 'node:fs'
import { startOauthServer, startWebdavServer } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { openCommandLine } from './command-line.ts'
import { startAgent } from './start-agent.ts'

const LOGIN = { user: 'ada', password: 'canary-password' }

it('makes, tries, changes and removes a WebDAV remote of the agent', async () => {
  await using dav = await startWebdavServer({ login: LOGIN })
  await using cli = openCommandLine()
  await using _agent = await startAgent(cli)
  writeFileSync(cli.at('pass'), `${LOGIN.password}\n`)
  writeFileSync(cli.at('wrong'), 'nonsense\n')
  const kinds = await cli.run(['remote', 'kinds', 'webdav'])
  expect(kinds).toMatchObject({ code: 0, stdout: expect.stringMatching(/^url +needed +text/m) })

  const options = [`url=${dav.remote.url}`, 'vendor=other', 'user=ada']
  const add = (...more: string[]) =>
    cli.json<unknown>(['remote', 'add', 'cloud', 'webdav', ...options, ...more])
  expect(await add('pass=canary')).toMatchObject({ code: 2, document: { error: { code: 'USAGE' } } })
  expect(await add('pass=@wrong')).toMatchObject({ code: 1, document: { error: { code: 'REMOTE_DENIED' } } })
  expect(await add('port=x')).toMatchObject({ code: 2, document: { error: { code: 'INPUT_INVALID' } } })
  expect(await add('pass=@pass')).toMatchObject({ code: 0, document: { saved: 'cloud' } })
  expect(await cli.json(['remote', 'list'])).toMatchObject({
    document: [{ name: 'cloud', type: 'webdav', own: true, usedBy: [] }],
  })
  expect(await cli.json(['remote', 'test', 'cloud:here'])).toMatchObject({ code: 0, document: { ok: true } })

  const edit = (...more: string[]) => cli.json<unknown>(['remote', 'edit', 'cloud', ...more])
  expect(await edit()).toMatchObject({ code: 2 })
  expect(await edit('user=nobody')).toMatchObject({ code: 1, document: { error: { code: 'REMOTE_DENIED' } } })
  expect(await edit('vendor=')).toMatchObject({ code: 0, document: { saved: 'cloud' } })
  expect(await edit('user=nobody', '--save-anyway')).toMatchObject({ code: 0 })
  expect(await cli.json(['remote', 'test', 'cloud:here'])).toMatchObject({ code: 1, document: { ok: false } })

  expect(await cli.json(['remote', 'remove', 'cloud'])).toMatchObject({ code: 0 })
  expect(await cli.run(['remote', 'list'])).toMatchObject({ code: 0, stdout: 'There is no remote yet.\n' })
})

it('answers questions from the arguments and signs in with a token from another machine', async () => {
  await using oauth = await startOauthServer()
  await using cli = openCommandLine()
  await using _agent = await startAgent(cli)
  writeFileSync(cli.at('token'), oauth.issueToken())
  writeFileSync(cli.at('secret'), oauth.options.client_secret ?? '')
  const drive = [
    'remote',
    'add',
    'drive',
    'drive',
    'client_id=x',
    'client_secret=@secret',
    '--token-file',
    'token',
  ]
  const asked = await cli.json(drive)
  expect(asked).toMatchObject({
    code: 2,
    document: { error: { next: 'Give --answer config_change_team_drive=VALUE (true or false).' } },
  })
  expect(await cli.run(['remote', 'list'])).toMatchObject({ stdout: 'There is no remote yet.\n' })

  const { client_secret: _secret, ...plain } = oauth.options
  const options = Object.entries(plain).map(([key, value]) => `${key}=${value}`)
  const gcs = ['remote', 'add', 'store', 'google cloud storage', ...options, 'client_secret=@secret']
  expect(await cli.json([...gcs, '--token-file', 'token'])).toMatchObject({
    code: 0,
    document: { saved: 'store' },
  })
  expect(await cli.run(['remote', 'edit', 'store', '--sign-in', '--token-file', 'token'])).toMatchObject({
    code: 0,
  })
})
