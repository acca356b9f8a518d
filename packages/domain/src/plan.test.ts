import { describe, expect, test } from 'vitest'
import { formatPlace } from './format-place.ts'
import { SnapshotId, VaultId, WriterId } from './ids.ts'
import { Source } from './plan.ts'
import { VaultPlace } from './vault-place.ts'

describe('VaultPlace', () => {
  test.each([
    ['a folder', { kind: 'folder', path: '/mnt/disk/vault' }, '/mnt/disk/vault'],
    ['a remote', { kind: 'remote', remote: 'nas', path: 'backup/vault' }, 'nas:backup/vault'],
    ['an absolute path on a remote', { kind: 'remote', remote: 'nas', path: '/srv/v' }, 'nas:/srv/v'],
    ['the root of a remote', { kind: 'remote', remote: 'my nas', path: '' }, 'my nas:'],
  ])('%s is written as people write it', (_title, place, text) => {
    expect(formatPlace(VaultPlace.parse(place))).toBe(text)
  })

  test.each([
    ['a relative folder', { kind: 'folder', path: 'vault' }],
    ['a connection string', { kind: 'remote', remote: ':sftp,host=evil', path: '' }],
    ['an option in the name', { kind: 'remote', remote: 'nas,shell_type=none', path: '' }],
    ['a name with a colon', { kind: 'remote', remote: 'nas:', path: '' }],
    ['a name like an option', { kind: 'remote', remote: '-nas', path: '' }],
    ['NUL in a folder', { kind: 'folder', path: '/mnt/disk\0/vault' }],
    ['NUL in a path', { kind: 'remote', remote: 'nas', path: 'a\0b' }],
  ])('refuses %s', (_title, place) => {
    expect(VaultPlace.safeParse(place).success).toBe(false)
  })
})

describe('Source', () => {
  test('is an absolute path', () => {
    expect(Source.safeParse({ path: '/home/ann', excludes: ['*.tmp'] }).success).toBe(true)
    expect(Source.safeParse({ path: '/home/a\nb', excludes: [] }).success).toBe(true)
    for (const path of ['home/ann', '', '/home\0/ann'])
      expect(Source.safeParse({ path, excludes: [] }).success).toBe(false)
  })

  test('may leave out by size, tag and file system, and an older one without a word on it stays as it is', () => {
    const old = { path: '/srv', excludes: [] }
    expect(Source.parse(old)).toEqual(old)
    const source = { ...old, maxFileBytes: 1, skipCacheDirs: true, oneFileSystem: false }
    expect(Source.parse(source)).toEqual(source)
    for (const maxFileBytes of [0, -1, 1.5])
      expect(Source.safeParse({ ...old, maxFileBytes }).success).toBe(false)
  })
})

describe('ids', () => {
  test.each([
    [
      'a snapshot',
      SnapshotId,
      '3fa9c2d1-12',
      ['3fa9c2d1-0', '3fa9c2d1', '3FA9C2D1-12', '../3fa9c2d1-1', '3fa9c2d1-12\n'],
    ],
    ['a writer', WriterId, '3fa9c2d1', ['3fa9c2d', '3fa9c2dg', '3fa9c2d1/']],
    ['a vault', VaultId, '0'.repeat(32), ['0'.repeat(31), 'G'.repeat(32)]],
  ])('%s has one spelling', (_title, schema, good, bad) => {
    expect(schema.parse(good)).toBe(good)
    for (const text of bad) expect(schema.safeParse(text).success, text).toBe(false)
  })
})
