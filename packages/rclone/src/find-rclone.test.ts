import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTemporaryFolder } from '@holdfast/testkit'
import { expect, test } from 'vitest'
import { findRclone, isOlderVersion } from './find-rclone.ts'

test('rclone is found on the search path with its version', async () => {
  const found = await findRclone(`/nowhere::${process.env.PATH ?? ''}`)
  expect(found.binary).toMatch(/\/rclone$/)
  expect(isOlderVersion(found.version, '1.60.1')).toBe(false)
})

test('a missing, an old and a false rclone are told apart', async () => {
  await using folder = await createTemporaryFolder()
  await expect(findRclone(folder.path)).rejects.toMatchObject({ code: 'RCLONE_MISSING' })
  const fake = (says: string) =>
    writeFile(join(folder.path, 'rclone'), `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 })
  await fake('rclone v1.53.3-DEV')
  await expect(findRclone(folder.path)).rejects.toMatchObject({ code: 'RCLONE_OLD' })
  await fake('rclone v1.75.0')
  expect(await findRclone(folder.path)).toEqual({ binary: join(folder.path, 'rclone'), version: '1.75.0' })
  await fake('hello')
  await expect(findRclone(folder.path)).rejects.toMatchObject({ code: 'RCLONE_MISSING' })
})

test.each([
  ['1.60.1', '1.60.1', false],
  ['1.60.0', '1.60.1', true],
  ['1.9.9', '1.60.1', true],
  ['1.75.0', '1.60.1', false],
  ['2.0.0', '1.60.1', false],
])('%s is older than %s: %s', (version, than, expected) => {
  expect(isOlderVersion(version, than)).toBe(expected)
})
