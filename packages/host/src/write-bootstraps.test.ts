import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import type { BootstrapList } from '@holdfast/domain'
import { beforeEach, expect, it } from 'vitest'
import { tempDir } from './temp-dir.ts'
import { writeBootstraps } from './write-bootstraps.ts'

const LISTS: readonly BootstrapList[] = [
  { file: 'packages.txt', program: 'pkg', args: ['list', '$HOME; echo no shell'] },
  { file: 'crontab.txt', program: 'crontab', args: ['-l'] },
  { file: 'none.txt', program: 'not-installed', args: [] },
]

let dir: ReturnType<typeof tempDir>
beforeEach(() => {
  dir = tempDir()
  return () => dir[Symbol.dispose]()
})

function program(name: string, script: string): void {
  writeFileSync(`${dir.path}/${name}`, `#!/bin/sh\n${script}\n`)
  chmodSync(`${dir.path}/${name}`, 0o755)
}

const out = () => `${dir.path}/bootstraps`
const write = (more: { timeoutMs?: number; signal?: AbortSignal } = {}) =>
  writeBootstraps(out(), { environment: { PATH: `${dir.path}:/usr/bin:/bin` }, lists: LISTS, ...more })

it('keeps what each program says, without a shell, and is quiet about those that are not there or fail', async () => {
  program('pkg', 'echo "$@"')
  program('crontab', 'echo "no crontab for ada" >&2; exit 1')
  expect(await write()).toEqual({ lists: ['packages.txt'], problems: [] })
  expect(readdirSync(out())).toEqual(['packages.txt'])
  expect(readFileSync(`${out()}/packages.txt`, 'utf8')).toBe('list $HOME; echo no shell\n')
  expect([statSync(out()).mode & 0o777, statSync(`${out()}/packages.txt`).mode & 0o777]).toEqual([
    0o700, 0o600,
  ])
})

it('leaves a list that is as before untouched, replaces one that changed and removes one that is no more', async () => {
  program('pkg', 'echo one')
  program('crontab', 'echo "0 2 * * * backup"')
  await write()
  const before = statSync(`${out()}/packages.txt`, { bigint: true })
  program('crontab', 'exit 1')
  await write()
  expect(statSync(`${out()}/packages.txt`, { bigint: true })).toMatchObject({
    ino: before.ino,
    mtimeNs: before.mtimeNs,
  })
  expect(existsSync(`${out()}/crontab.txt`)).toBe(false)
  program('pkg', 'echo two')
  await write()
  expect(readFileSync(`${out()}/packages.txt`, 'utf8')).toBe('two\n')
})

it('ends a program that hangs, says so, and keeps what it said earlier', async () => {
  program('pkg', 'echo one')
  await write()
  program('pkg', 'exec sleep 600')
  expect(await write({ timeoutMs: 300 })).toEqual({
    lists: [],
    problems: [{ file: 'packages.txt', why: 'pkg did not end in time' }],
  })
  expect(readFileSync(`${out()}/packages.txt`, 'utf8')).toBe('one\n')
})

it('can be cancelled', async () => {
  program('pkg', 'exec sleep 600')
  const stop = new AbortController()
  const writing = write({ signal: stop.signal })
  stop.abort()
  await expect(writing).rejects.toMatchObject({ code: 'CANCELLED' })
})
