import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type CommandLine, isRoot, openCommandLine } from './command-line.ts'

type Preset = {
  id: string
  ticked: boolean
  paths: { path: string; readable: boolean; files: number; bytes: number }[]
}

function write(cli: CommandLine, name: string, text: string): void {
  mkdirSync(dirname(cli.at(name)), { recursive: true })
  writeFileSync(cli.at(name), text)
}

describe('holdfast source presets', { timeout: 60_000 }, () => {
  it('lists what is here with how much that is, and which a set-up starts with', async () => {
    await using cli = openCommandLine()
    write(cli, 'Documents/letter.txt', 'Dear Ben')
    write(cli, 'Documents/deep/er.txt', 'again')
    write(cli, 'Downloads/huge.iso', 'x'.repeat(5000))
    const answer = await cli.json<Preset[]>(['source', 'presets'])
    expect(answer).toMatchObject({ code: 0, stderr: '' })
    const mine = answer.document.filter(({ paths }) => paths[0]?.path.startsWith(cli.dir))
    expect(mine).toMatchObject([
      {
        ...{ id: 'documents', ticked: true },
        paths: [{ path: cli.at('Documents'), readable: true, files: 2, bytes: 13, unreadable: 0 }],
      },
      { id: 'downloads', ticked: false, paths: [{ files: 1, bytes: 5000 }] },
    ])
    const said = await cli.run(['source', 'presets'])
    expect(said.stdout).toMatch(/^\* {2}Documents +files +2 +13 bytes +\/\S+\/Documents$/m)
    expect(said.stdout).toMatch(/^ {3}Downloads +files +1 +5 kB +\/\S+\/Downloads$/m)
  })

  it.skipIf(!isRoot)('names what this user may not read', async () => {
    await using cli = openCommandLine()
    write(cli, 'shared/.ssh/id', 'key')
    write(cli, 'shared/Documents/open.txt', 'a')
    write(cli, 'shared/Documents/closed/secret.txt', 'a')
    for (const name of ['.ssh', 'Documents/closed']) chmodSync(cli.at(`shared/${name}`), 0o700)
    const answer = await cli.run(['source', 'presets'], { user: true })
    expect(answer.code).toBe(0)
    expect(answer.stdout).toMatch(/\/Documents {2}\(1 can't be read\)$/m)
    expect(answer.stdout).toMatch(/\/\.ssh {2}\(can't be read\)$/m)
  })
})

describe('holdfast backup', { timeout: 60_000 }, () => {
  it('leaves out what is too large and what is a cache', async () => {
    await using cli = openCommandLine()
    write(cli, 'src/small', 'a')
    write(cli, 'src/large', 'a'.repeat(2000))
    write(cli, 'src/cache/CACHEDIR.TAG', 'Signature: 8a477f597d28d172789f06886806bc55')
    expect((await cli.run(['vault', 'create', 'vault', '--plain'])).code).toBe(0)
    const flags = ['--exclude-larger-than', '1kB', '--exclude-caches', '--one-file-system']
    const answer = await cli.json<{ files: number; outcome: string }>([
      ...['backup', 'src', '--to', 'vault'],
      ...flags,
    ])
    expect(answer).toMatchObject({ code: 0, document: { files: 1, outcome: 'complete' } })
    const listed = await cli.json<{ path: string }[]>(['ls', '--recursive', '--from', 'vault'])
    expect(listed.document.map(({ path }) => path)).toEqual(['src', 'src/small'])
  })

  it('refuses a size that is none', async () => {
    await using cli = openCommandLine()
    const answer = await cli.run(['backup', '.', '--to', 'vault', '--exclude-larger-than', 'huge'])
    expect(answer).toMatchObject({ code: 2 })
    expect(answer.stderr).toContain('An amount such as 2GiB or 500MB, please.')
  })
})
