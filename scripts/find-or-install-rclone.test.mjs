import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fetchRelease, findOrInstallRclone } from './find-or-install-rclone.mjs'

let folder
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-rclone-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('findOrInstallRclone', () => {
  test('takes the one on PATH, then the one it installed before, and fetches nothing', async () => {
    const program = join(folder, 'rclone')
    writeFileSync(program, '#!/bin/sh\n')
    chmodSync(program, 0o755)
    expect(await findOrInstallRclone(folder, join(folder, 'bin'))).toBe(program)
    expect(await findOrInstallRclone(join(folder, 'nothing'), folder)).toBeTruthy()
  })
})

describe('fetchRelease', () => {
  test('refuses a download that does not have the pinned checksum, and writes nothing', async () => {
    const fetch = async () => new Response('PK not what was published')
    await expect(fetchRelease(join(folder, 'bin'), fetch)).rejects.toThrow('is not what was published')
    expect(existsSync(join(folder, 'bin'))).toBe(false)
  })

  test.each([
    ['is not reachable', async () => Promise.reject(new TypeError('fetch failed')), 'fetch failed'],
    [
      'does not have it',
      async () => new Response('', { status: 404, statusText: 'Not Found' }),
      '404 Not Found',
    ],
  ])('says what to do when the other side %s', async (_title, fetch, what) => {
    const failed = fetchRelease(join(folder, 'bin'), fetch)
    await expect(failed).rejects.toThrow(what)
    await expect(failed).rejects.toThrow('Install rclone 1.60.1 or newer yourself')
  })
})
