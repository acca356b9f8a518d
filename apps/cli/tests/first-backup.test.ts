import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startSftpServer, startWebdavServer } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { type CommandLine, describeTree, openCommandLine } from './command-line.ts'
import { startAgent } from './start-agent.ts'

const LOGIN = { user: 'ada', password: 'canary-password' }
const KEY = ['--passphrase-file', 'passphrase'] as const

type Run = { id: string; outcome: string; proof: { mismatches: number; examples: string[] } | null }
type Listed = { id: string; plan: string; outcome: string; files: number; labels: string[] }[]

function makeTree(cli: CommandLine): void {
  mkdirSync(cli.at('docs/letters'), { recursive: true })
  writeFileSync(cli.at('docs/letters/ada'), 'Dear Ada,\n')
  writeFileSync(cli.at('docs/big'), Buffer.alloc(3_000_000, 'holdfast'))
}

/** A plan on a place, its first run with a proof, the snapshot, a drill, and everything back, as a script does it. */
async function walk(cli: CommandLine, place: string): Promise<void> {
  makeTree(cli)
  const added = await cli.json(['plan', 'add', 'Docs', 'docs', '--to', place, '--cron', '0 3 * * *', ...KEY])
  expect(added).toMatchObject({ code: 0, document: { name: 'Docs', vault: { encrypted: true } } })
  const ran = await cli.json<Run>(['run', 'Docs', '--follow'])
  expect(ran).toMatchObject({
    code: 0,
    document: { outcome: 'complete', proof: { kind: 'first-file', mismatches: 0 } },
  })
  expect(ran.document.proof?.examples.toSorted()).toEqual(['docs/big', 'docs/letters/ada'])
  const listed = await cli.json<Listed>(['snapshots', '--from', place, ...KEY])
  expect(listed).toMatchObject({
    code: 0,
    document: [{ plan: 'docs', outcome: 'complete', files: 2, labels: ['docs'] }],
  })
  const drill = await cli.json(['drill', '--from', place, ...KEY])
  expect(drill).toMatchObject({ code: 0, document: { files: 2, compared: 2, mismatches: [] } })
  const back = ['restore', '--from', place, '--snapshot', 'latest', '--to', 'out', ...KEY]
  expect(await cli.json(back)).toMatchObject({ code: 0, document: { files: 2, verified: true } })
  expect(describeTree(cli.at('out/docs'))).toBe(describeTree(cli.at('docs')))
  expect(await cli.run(['status'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Docs is safe'),
  })
}

describe('from an empty agent to a proven backup by script', { timeout: 120_000 }, () => {
  it('on a WebDAV remote that the script makes, with an exit code for each thing that is wrong', async () => {
    await using dav = await startWebdavServer({ login: LOGIN })
    await using cli = openCommandLine()
    await using _agent = await startAgent(cli)
    writeFileSync(cli.at('pass'), `${LOGIN.password}\n`)
    const remote = ['cloud', 'webdav', `url=${dav.remote.url}`, 'vendor=other', `user=${LOGIN.user}`]
    expect(await cli.json(['remote', 'add', ...remote, 'pass=@pass'])).toMatchObject({ code: 0 })
    await walk(cli, 'cloud:laptop')
    expect(readdirSync(join(dav.root, 'laptop'))).toContain('vault.json')

    writeFileSync(cli.at('wrong'), 'another passphrase\n')
    const locked = { code: 4, document: { error: { code: 'LOCKED' } } }
    const wrong = ['--passphrase-file', 'wrong'] as const
    const add = (name: string, path: string, ...more: string[]) =>
      cli.json(['plan', 'add', name, path, '--to', 'cloud:laptop', ...more])
    expect(await cli.json(['snapshots', '--from', 'cloud:laptop', ...wrong])).toMatchObject(locked)
    expect(await add('More', 'docs', ...wrong)).toMatchObject(locked)
    expect(await add('docs', 'docs', ...KEY)).toMatchObject({
      code: 2,
      document: { error: { code: 'INPUT_INVALID', message: 'There is a plan “docs” already.' } },
    })
    expect(await add('More', 'gone', ...KEY)).toMatchObject({
      code: 1,
      document: { error: { code: 'SOURCE_MISSING' } },
    })
    expect(await add('More', 'docs', '--cron', '0 2 30 2 *', ...KEY)).toMatchObject({
      code: 2,
      document: { error: { message: 'This schedule never fires.' } },
    })
    const nowhere = ['plan', 'add', 'More', 'docs', '--to', 'nowhere:laptop', ...KEY]
    expect(await cli.json(nowhere)).toMatchObject({
      code: 1,
      document: { error: { code: 'REMOTE_UNKNOWN' } },
    })
    expect(await cli.json(['run', 'More', '--follow'])).toMatchObject({ code: 1 })
    expect(await cli.json(['remote', 'remove', 'cloud'])).toMatchObject({
      code: 1,
      document: { error: { code: 'REMOTE_IN_USE' } },
    })
  })

  it('on a crypt remote of one’s own over SFTP', async () => {
    await using sftp = await startSftpServer()
    await using cli = openCommandLine()
    await using _agent = await startAgent(cli)
    writeFileSync(cli.at('first'), 'their own\n')
    writeFileSync(cli.at('second'), 'their salt\n')
    const { host, port, user, key_file, known_hosts_file } = sftp.remote
    const options = { host, port, user, key_file, known_hosts_file }
    const given = Object.entries(options).map(([key, value]) => `${key}=${value}`)
    expect(await cli.json(['remote', 'add', 'nas', 'sftp', ...given])).toMatchObject({ code: 0 })
    const crypt = [`remote=nas:${sftp.root}/secret`, 'password=@first', 'password2=@second']
    expect(await cli.json(['remote', 'add', 'secret', 'crypt', ...crypt])).toMatchObject({ code: 0 })
    await walk(cli, 'secret:laptop')

    // Their crypt lies around the vault: not even the folder's name, nor that it is a vault, stands there openly.
    const [outer = ''] = readdirSync(join(sftp.root, 'secret'))
    expect(outer).not.toContain('laptop')
    const inner = readdirSync(join(sftp.root, 'secret', outer))
    expect(inner.length).toBeGreaterThan(1)
    expect(inner).not.toContain('vault.json')
    const [some = ''] = readdirSync(join(sftp.root, 'secret', outer), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(sftp.root, 'secret', outer, entry.name))
    expect(readFileSync(some).subarray(0, 6).toString()).toBe('RCLONE')
    expect(await cli.json(['remote', 'list'])).toMatchObject({
      document: expect.arrayContaining([
        expect.objectContaining({ name: 'secret', usedBy: [{ kind: 'plan', name: 'Docs' }] }),
        expect.objectContaining({
          name: 'nas',
          usedBy: expect.arrayContaining([{ kind: 'remote', name: 'secret' }]),
        }),
      ]),
    })
  })
})
