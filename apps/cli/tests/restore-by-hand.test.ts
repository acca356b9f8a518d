import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { kitParts } from '@holdfast/vault'
import { describe, expect, it } from 'vitest'
import { type CommandLine, describeTree, openCommandLine, PASSPHRASE } from './command-line.ts'

const DOCUMENT = fileURLToPath(new URL('../../../docs/restore-by-hand.md', import.meta.url))
/** The tools that the document names, and what every system has. */
const TOOLS = ['rclone', 'zstd', 'tar', 'openssl', 'python3', 'sh', 'sed', 'cat', 'find', 'mkdir']

describe('docs/restore-by-hand.md, run as it stands', () => {
  it.each([
    ['a plain', ['--plain']],
    ['an encrypted', ['--passphrase-file', 'passphrase']],
  ] as const)(
    'brings %s vault back with no more than the tools it names',
    { timeout: 120_000 },
    async (_title, key) => {
      await using cli = openCommandLine()
      const secret = key.filter((word) => word !== '--plain')
      mkdirSync(cli.at('nas'))
      mkdirSync(cli.at('docs/sub'), { recursive: true })
      writeFileSync(cli.at('docs/letter'), 'first')
      execFileSync('sh', ['-c', 'head -c 9000000 /dev/urandom > big; ln -s letter link; chmod 600 letter'], {
        cwd: cli.at('docs'),
      })
      expect((await cli.run(['vault', 'create', 'nas/backup', ...key])).code).toBe(0)
      await cli.run(['backup', 'docs', '--to', 'nas/backup', ...secret])
      writeFileSync(cli.at('docs/sub/new'), 'second')
      await cli.run(['backup', 'docs', '--to', 'nas/backup', ...secret])
      const kit = ['vault', 'kit', '--from', 'nas/backup', '--out', 'sealed.json']
      expect((await cli.run([...kit, ...secret])).code).toBe(0)
      const now = describeTree(cli.at('docs'))
      const big = readFileSync(cli.at('docs/big'))
      rmSync(cli.at('home'), { recursive: true })

      const run = handRunner(cli)
      run('by-hand', 'One snapshot, exactly')
      expect(describeTree(cli.at('by-hand/back/docs'))).toBe(now)
      run('by-hand', 'Every version of every file, roughly')
      expect(readFileSync(cli.at('by-hand/all/docs/letter'), 'utf8')).toBe('first')
      expect(readFileSync(cli.at('by-hand/all/docs/big')).equals(big)).toBe(true)

      rmSync(cli.at('nas/backup/vault.json'))
      rmSync(cli.at('nas/backup/keys'), { recursive: true, force: true })
      mkdirSync(cli.at('again'))
      writeFileSync(
        cli.at('again/kit.txt'),
        kitParts(readFileSync(cli.at('sealed.json')))
          .toReversed()
          .join('\n'),
      )
      run('again', 'When the vault lost its key files')
      run('again', 'One snapshot, exactly')
      expect(describeTree(cli.at('again/back/docs'))).toBe(now)
    },
  )
})

/** Runs the commands of a chapter, in a folder of their own, with its tools alone. */
function handRunner(cli: CommandLine): (folder: string, chapter: string) => void {
  mkdirSync(cli.at('tools'))
  for (const tool of TOOLS) symlinkSync(whereIs(tool), cli.at(join('tools', tool)))
  writeFileSync(cli.at('hand.conf'), `[nas]\ntype = alias\nremote = ${cli.at('nas')}\n`)
  const env = {
    ...{ PATH: cli.at('tools'), HOME: cli.dir, RCLONE_CONFIG: cli.at('hand.conf') },
    HOLDFAST_PASSPHRASE: PASSPHRASE,
  }
  return (folder, chapter) => {
    mkdirSync(cli.at(folder), { recursive: true })
    const commands = chapterOf(chapter)
    expect(commands).not.toBe('')
    execFileSync(cli.at('tools/sh'), ['-ec', commands], { cwd: cli.at(folder), env, stdio: 'pipe' })
  }
}

/** Every command of a chapter, in order. */
function chapterOf(title: string): string {
  const text = readFileSync(DOCUMENT, 'utf8').split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? ''
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, commands]) => commands).join('')
}

/** The program itself: what a version switcher puts in its place wants more than that. */
function whereIs(tool: string): string {
  const asks = tool === 'python3' ? 'python3 -c "import sys; print(sys.executable)"' : `command -v ${tool}`
  return execFileSync('sh', ['-c', asks], { encoding: 'utf8' }).trim()
}
