import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type CommandLine, describeTree, isRoot, openCommandLine, PASSPHRASE } from './command-line.ts'

describe('a vault without Holdfast', () => {
  for (const kind of ['an encrypted', 'a plain'] as const)
    it(`gives a chosen snapshot of ${kind} vault back by the script in its README alone`, async () => {
      await using cli = openCommandLine()
      const key = kind === 'a plain' ? [] : ['--passphrase-file', 'passphrase']
      oddTree(cli)
      const plain = kind === 'a plain' ? ['--plain'] : []
      expect((await cli.run(['vault', 'create', 'vault', ...plain, ...key])).code).toBe(0)
      const first = await cli.json<{ snapshot: string }>(['backup', 'src', '--to', 'vault', ...key])
      expect(first.code).toBe(0)
      const then = describeTree(cli.at('src'), { owners: isRoot })
      execFileSync('bash', ['-c', 'rm src/hello; echo changed > src/sub/b; echo new > src/new'], {
        cwd: cli.dir,
      })
      expect((await cli.run(['backup', 'src', '--to', 'vault', ...key])).code).toBe(0)
      const now = describeTree(cli.at('src'), { owners: isRoot })

      rmSync(cli.at('home'), { recursive: true })
      restoreByScript(cli, first.document.snapshot, 'then')
      expect(describeTree(cli.at('then/src'), { owners: isRoot })).toBe(then)
      restoreByScript(cli, 'latest', 'now')
      expect(describeTree(cli.at('now/src'), { owners: isRoot })).toBe(now)

      const prune = ['prune', '--from', 'vault', '--keep-last', '1', '--grace', '0', ...key]
      expect((await cli.run([...prune, '--allow-large'])).code).toBe(0)
      restoreByScript(cli, 'latest', 'later')
      expect(describeTree(cli.at('later/src'), { owners: isRoot })).toBe(now)
    })

  it('has packs that zstd and GNU tar read without a word', async () => {
    await using cli = openCommandLine()
    oddTree(cli)
    await cli.run(['vault', 'create', 'vault', '--plain'])
    await cli.run(['backup', 'src', '--to', 'vault'])
    mkdirSync(cli.at('all'))
    const said = execFileSync(
      'bash',
      [
        '-c',
        'set -o pipefail; for p in $(find ../vault/v1/packs -type f); do zstd -dc $p | tar x 2>&1 || echo FAILED; done',
      ],
      { cwd: cli.at('all'), encoding: 'utf8' },
    )
    expect(said).toBe('')
    expect(readFileSync(cli.at('all/src/sub/b'), 'utf8')).toBe('b\n')
    expect(
      readFileSync(
        Buffer.concat([Buffer.from(cli.at('all/src/od')), Buffer.from([0xff]), Buffer.from('d')]),
        'utf8',
      ),
    ).toBe('odd\n')
  })
})

/** The script as a person would get it: cut out of the vault's own README. */
function restoreByScript(cli: CommandLine, snapshot: string, target: string): void {
  const [, script] = readFileSync(cli.at('vault/README.txt'), 'utf8').split(
    /---8<---.*---8<---\n|\n---8<---\n/,
  )
  const lines = (script ?? '').trimEnd().split('\n')
  expect(lines.length).toBeLessThanOrEqual(60)
  writeFileSync(cli.at('restore.py'), `${lines.join('\n')}\n`)
  const env = { PATH: process.env.PATH ?? '', HOME: cli.dir, HOLDFAST_PASSPHRASE: PASSPHRASE }
  execFileSync('python3', ['restore.py', 'vault', snapshot, target], { cwd: cli.dir, env, stdio: 'pipe' })
}

function oddTree(cli: CommandLine): void {
  mkdirSync(cli.at('src/sub/empty'), { recursive: true })
  const long = `${'n'.repeat(240)}/${'m'.repeat(200)}`
  execFileSync(
    'bash',
    [
      '-c',
      `cd src; echo hello > hello; echo b > sub/b; ln hello sub/again; ln -s 'no where' dangling; mkfifo pipe
       printf 'odd\\n' > $'od\\xffd'; printf 'line\\n' > $'new\\nline'; : > empty; mkdir -p "$(dirname ${long})"; echo deep > ${long}
       head -c 3000000 /dev/urandom > sub/big; truncate -s 5M sub/sparse; printf end >> sub/sparse; echo é > "sub/schön.txt"
       chmod 1700 sub; chmod 4711 sub/b; chmod 000 hello; touch -d '1960-01-01 00:00:00.5' empty; touch -h -d '2110-01-01' dangling`,
    ],
    { cwd: cli.dir },
  )
}
