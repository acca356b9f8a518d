import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeSealedFile } from './write-sealed-file.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-write-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const bytes = (text: string) => new TextEncoder().encode(text)

test('a file is written for its owner only and replaced whole', async () => {
  const path = join(folder, 'secrets')
  await writeFile(path, 'a longer text from before', { mode: 0o644 })
  await writeSealedFile(path, bytes('new'))
  expect(await readFile(path, 'utf8')).toBe('new')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await readdir(folder)).toEqual(['secrets'])
})

test('what a crash left behind is no hindrance', async () => {
  const path = join(folder, 'secrets')
  await writeFile(join(folder, '.secrets.new'), 'half', { mode: 0o444 })
  await writeSealedFile(path, bytes('whole'))
  expect(await readFile(path, 'utf8')).toBe('whole')
  expect(await readdir(folder)).toEqual(['secrets'])
})

test('a link keeps standing and its target is replaced', async () => {
  await writeFile(join(folder, 'real'), 'old')
  await symlink('real', join(folder, 'link'))
  await writeSealedFile(join(folder, 'link'), bytes('new'))
  expect((await lstat(join(folder, 'link'))).isSymbolicLink()).toBe(true)
  expect(await readFile(join(folder, 'real'), 'utf8')).toBe('new')
})

test('a failure leaves nothing new', async () => {
  await expect(writeSealedFile(join(folder, 'none', 'x'), bytes('a'))).rejects.toMatchObject({
    code: 'ENOENT',
  })
  await mkdir(join(folder, 'taken'))
  await expect(writeSealedFile(join(folder, 'taken'), bytes('a'))).rejects.toThrow()
  expect(await readdir(folder)).toEqual(['taken'])
})
