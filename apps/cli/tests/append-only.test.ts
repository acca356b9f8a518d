import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { startWebdavServer, type TestServer } from '@holdfast/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, type CommandLine, describeTree, openCommandLine } from './command-line.ts'
import { writeRemotes } from './remote-config.ts'

type Listed = { id: string; files: number }[]
type Failed = { error: { code: string; message: string } }

const KEY = ['--passphrase-file', 'passphrase', '--rclone-config', 'remotes.conf']

let whole: TestServer
let appendOnly: TestServer
beforeAll(async () => {
  whole = await startWebdavServer()
  appendOnly = await startWebdavServer({ root: whole.root, appendOnly: true })
})
afterAll(async () => {
  await appendOnly[Symbol.asyncDispose]()
  await whole[Symbol.asyncDispose]()
})

// The credential of the machine that is backed up: a thief, or ransomware, may add to the vault and no more.
describe('a credential that may create and read, and neither delete nor overwrite', {
  timeout: 120_000,
}, () => {
  it('is enough to back up, list, restore and check', async () => {
    await using cli = openCommandLine()
    await startedVault(cli, 'one')
    const before = files('one')
    writeFileSync(cli.at('src/second'), randomBytes(200_000))
    expect(await cli.json(['backup', 'src', '--to', 'narrow:one', ...KEY])).toMatchObject(COMPLETE)
    expect(await snapshots(cli, 'narrow:one')).toHaveLength(2)
    await expectRestores(cli, 'narrow:one', 'out')
    expect(await cli.json(['check', '--from', 'narrow:one', '--read', 'all', ...KEY])).toMatchObject({
      code: 0,
      document: { ok: true },
    })
    expect(files('one')).toEqual(expect.arrayContaining(before))
  })

  it('refuses to prune with a clear word, hides and harms nothing; another home prunes with its own', async () => {
    await using cli = openCommandLine()
    await startedVault(cli, 'two', ['--plain'])
    for (const name of ['second', 'third']) {
      writeFileSync(cli.at('src/new'), name)
      expect(await cli.json(['backup', 'src', '--to', 'narrow:two', ...KEY])).toMatchObject(COMPLETE)
    }
    const before = files('two')
    const refused = await cli.json<Failed>(['prune', '--from', 'narrow:two', '--keep-last', '1', ...KEY])
    expect(refused).toMatchObject({ code: 1, document: { error: { code: 'REMOTE_DENIED' } } })
    expect(refused.document.error.message).toContain('may not delete')
    expect(files('two')).toEqual(expect.arrayContaining(before))
    expect(await snapshots(cli, 'narrow:two')).toHaveLength(3)

    const env = { HOLDFAST_HOME: cli.at('other-home') }
    const prune = ['prune', '--from', 'whole:two', '--keep-last', '1', '--grace', '0', ...KEY]
    expect(await cli.json(prune, { env })).toMatchObject({ code: 0, document: { deleted: { snapshots: 2 } } })
    expect(await snapshots(cli, 'narrow:two')).toHaveLength(1)

    // The narrow machine goes on, with caches that remember what is gone.
    writeFileSync(cli.at('src/new'), 'fourth')
    expect(await cli.json(['backup', 'src', '--to', 'narrow:two', ...KEY])).toMatchObject(COMPLETE)
    await expectRestores(cli, 'narrow:two', 'out')
  })

  it('says that the old passphrase still opens the vault', async () => {
    await using cli = openCommandLine()
    await newVault(cli, 'three', [])
    writeFileSync(cli.at('new-passphrase'), 'battery staple\n')
    const changed = await cli.run([
      'vault',
      'passphrase',
      'narrow:three',
      '--new-passphrase-file',
      'new-passphrase',
      ...KEY,
    ])
    expect(changed).toMatchObject({ code: 1, stdout: expect.stringContaining('The old one still does') })
    expect(changed.stdout).toContain('could not be deleted')
    expect(await cli.json(['snapshots', '--from', 'narrow:three', ...KEY])).toMatchObject({ code: 0 })
  })
})

const COMPLETE = { code: 0, document: { outcome: 'complete' } }

/** A vault made with the whole credential, with one snapshot made with the narrow one. */
async function startedVault(cli: CommandLine, name: string, plain: readonly string[] = []): Promise<void> {
  await newVault(cli, name, plain)
  mkdirSync(cli.at('src/sub'), { recursive: true })
  writeFileSync(cli.at('src/first'), randomBytes(100_000))
  writeFileSync(cli.at('src/sub/small'), 'small')
  expect(await cli.json(['backup', 'src', '--to', `narrow:${name}`, ...KEY])).toMatchObject(COMPLETE)
}

async function newVault(cli: CommandLine, name: string, plain: readonly string[]): Promise<void> {
  writeRemotes(cli.at('remotes.conf'), { whole: whole.remote, narrow: appendOnly.remote })
  expect((await cli.run(['vault', 'create', `whole:${name}`, ...plain, ...KEY])).code).toBe(0)
}

async function snapshots(cli: CommandLine, place: string): Promise<string[]> {
  const listed: Answer & { document: Listed } = await cli.json(['snapshots', '--from', place, ...KEY])
  return listed.document.map(({ id }) => id)
}

async function expectRestores(cli: CommandLine, place: string, to: string): Promise<void> {
  const restored = await cli.json(['restore', '--from', place, '--snapshot', 'latest', '--to', to, ...KEY])
  expect(restored).toMatchObject({ code: 0 })
  expect(describeTree(cli.at(`${to}/src`))).toBe(describeTree(cli.at('src')))
}

/** Every file of a vault with its content's hash. */
function files(name: string): string[] {
  const sums = ['find', '.', '-type', 'f', '-exec', 'sha256sum', '{}', '+']
  return execFileSync(sums[0] ?? '', sums.slice(1), { cwd: `${whole.root}/${name}`, encoding: 'utf8' })
    .trim()
    .split('\n')
}
