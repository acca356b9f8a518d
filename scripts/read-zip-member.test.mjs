import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readZipMember } from './read-zip-member.mjs'

const MAKE_ZIP = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as z:
    z.writestr('rclone-v1/README.txt', 'read me ' * 1000, zipfile.ZIP_DEFLATED)
    z.writestr('rclone-v1/rclone', b'\\x7fELF' + bytes(range(256)) * 100, zipfile.ZIP_DEFLATED)
    z.writestr('rclone-v1/stored', 'as it is', zipfile.ZIP_STORED)
`

describe('readZipMember', () => {
  let folder
  let zip
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-zip-'))
    execFileSync('python3', ['-c', MAKE_ZIP, join(folder, 'a.zip')])
    zip = readFileSync(join(folder, 'a.zip'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('returns a deflated member bit for bit', () => {
    const expected = Buffer.concat([
      Buffer.from('\x7fELF'),
      ...Array.from({ length: 100 }, () => Buffer.from(Array.from({ length: 256 }, (_, i) => i))),
    ])
    expect(readZipMember(zip, 'rclone-v1/rclone').equals(expected)).toBe(true)
  })

  test('returns a stored member', () => {
    expect(readZipMember(zip, 'rclone-v1/stored').toString()).toBe('as it is')
  })

  test('says what is not there, and what is no zip at all', () => {
    expect(() => readZipMember(zip, 'rclone')).toThrow('rclone is not in the zip file')
    expect(() => readZipMember(Buffer.from('<html>not found</html>'), 'rclone')).toThrow('not a zip file')
  })
})
