import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CommandLine, openCommandLine } from './command-line.ts'
import { startAgent } from './start-agent.ts'

const big = randomBytes(6_000_000)
let cli: CommandLine
let agent: AsyncDisposable
let first: string

beforeAll(async () => {
  cli = openCommandLine()
  mkdirSync(cli.at('docs/sub'), { recursive: true })
  mkdirSync(cli.at('work'))
  writeFileSync(cli.at('docs/letter'), 'as it was')
  writeFileSync(cli.at('docs/big'), big)
  writeFileSync(cli.at('docs/sub/ü'), 'odd name')
  agent = await startAgent(cli)
  const key = ['--passphrase-file', 'passphrase']
  await cli.json(['plan', 'add', 'Docs', 'docs', '--to', 'vault', '--manual', ...key])
  const run = await cli.json<{ summary: { snapshot: string } }>(['run', 'Docs', '--follow'])
  first = run.document.summary.snapshot
  writeFileSync(cli.at('docs/letter'), 'as it is now, longer')
  await cli.json(['run', 'Docs', '--follow'])
})
afterAll(async () => {
  await agent?.[Symbol.asyncDispose]()
  await cli?.[Symbol.asyncDispose]()
})

const work = () => ({ cwd: cli.at('work') })

it('fetches one file as it is now or was then, to a file of its name or to standard output', async () => {
  const now = await cli.json(['download', 'Docs', 'docs/letter'], work())
  expect(now).toMatchObject({ code: 0, document: { bytes: 20, resumedAt: 0 } })
  expect(readFileSync(cli.at('work/letter'), 'utf8')).toBe('as it is now, longer')
  expect(statSync(cli.at('work/letter')).mode & 0o777).toBe(0o600)
  expect(await cli.json(['download', 'Docs', 'docs/letter'], work())).toMatchObject({
    code: 1,
    document: { error: { code: 'TARGET_NOT_WRITABLE' } },
  })
  const then = ['download', 'Docs', 'docs/letter', '--snapshot', first]
  expect(await cli.run([...then, '--out', '-'], work())).toMatchObject({ code: 0, stdout: 'as it was' })
  expect(await cli.json([...then, '--out', '-'], work())).toMatchObject({ code: 2 })
  expect(await cli.json([...then, '--force'], work())).toMatchObject({ code: 0 })
  expect(readFileSync(cli.at('work/letter'), 'utf8')).toBe('as it was')
})

it('goes on with a file that was broken off', async () => {
  const small = cli.at('small-files')
  writeFileSync(small, `#!/bin/sh\nulimit -f 4000\nexec ${process.execPath} "$@"\n`, { mode: 0o755 })
  const download = ['download', 'Docs', 'docs/big', '--out', 'big']
  expect((await cli.run(download, { ...work(), node: small })).code).not.toBe(0)
  const part = readdirSync(cli.at('work')).find((name) => name.endsWith('.part')) ?? ''
  const there = statSync(cli.at(`work/${part}`)).size
  expect(there).toBeGreaterThan(100_000)
  const again = await cli.json<{ resumedAt: number }>([...download, '--progress', 'json'], work())
  expect(again).toMatchObject({ code: 0, document: { bytes: big.length, resumedAt: there } })
  expect(readFileSync(cli.at('work/big')).equals(big)).toBe(true)
  expect(again.stderr).toContain('"bytesTotal":6000000')
  expect(readdirSync(cli.at('work')).filter((name) => name.endsWith('.part'))).toEqual([])
})

it('fetches a selection as a zip that unzips to the same', async () => {
  const some = ['download', 'Docs', 'docs/letter', 'docs/sub', '--out', 'some.zip']
  expect(await cli.json(some, work())).toMatchObject({ code: 0 })
  const script = 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall("unzipped")'
  execFileSync('python3', ['-c', script, cli.at('work/some.zip')], { cwd: cli.at('work') })
  expect(readFileSync(cli.at('work/unzipped/docs/sub/ü'), 'utf8')).toBe('odd name')
  expect(readFileSync(cli.at('work/unzipped/docs/letter'), 'utf8')).toBe('as it is now, longer')
})

it('says what is not there', async () => {
  expect(await cli.json(['download', 'Docs', 'docs/none'], work())).toMatchObject({
    code: 1,
    document: { error: { code: 'NOTHING_SELECTED' } },
  })
  expect(await cli.json(['download', 'Docs', 'docs/letter', '--at', '1999-01-01'], work())).toMatchObject({
    document: { error: { code: 'SNAPSHOT_UNKNOWN' } },
  })
})
