import { mkdirSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { describeTree, openCommandLine } from './command-line.ts'

const KEY = ['--passphrase-file', 'passphrase'] as const

it.each(['odd %(x)s', 'a]b "q" , c', ' lead'])(
  'a folder named "%s" keeps an encrypted vault, whatever rclone’s configuration can hold',
  { timeout: 60_000 },
  async (name) => {
    await using cli = openCommandLine()
    writeFileSync(cli.at('passphrase'), 'correct horse battery\n')
    mkdirSync(cli.at('docs'))
    writeFileSync(cli.at('docs/letter'), 'Dear Ada,\n')
    const vault = `./${name}`
    await cli.json(['vault', 'create', vault, ...KEY])
    expect(await cli.json(['backup', 'docs', '--to', vault, ...KEY])).toMatchObject({ code: 0 })
    const restore = ['restore', '--from', vault, '--snapshot', 'latest', '--to', 'out', ...KEY]
    expect(await cli.json(restore)).toMatchObject({ code: 0, document: { files: 1, verified: true } })
    expect(describeTree(cli.at('out/docs'))).toBe(describeTree(cli.at('docs')))
  },
)
