import { describe, expect, test } from 'vitest'
import { objectUrlPath } from './client.ts'
import { placeFs, resolvePlace } from './place.ts'

describe('A place as people type it', () => {
  test.each([
    ['/mnt/disk/vault', { kind: 'folder', path: '/mnt/disk/vault' }, '/mnt/disk/vault', '/mnt/disk/vault/v1'],
    ['/mnt/../disk//vault/', { kind: 'folder', path: '/disk/vault' }, '/disk/vault', '/disk/vault/v1'],
    ['/', { kind: 'folder', path: '/' }, '/', '/v1'],
    ['./vault', { kind: 'folder', path: '/home/x/vault' }, '/home/x/vault', '/home/x/vault/v1'],
    ['.', { kind: 'folder', path: '/home/x' }, '/home/x', '/home/x/v1'],
    ['../y', { kind: 'folder', path: '/home/y' }, '/home/y', '/home/y/v1'],
    ['a/b:c', { kind: 'folder', path: '/home/x/a/b:c' }, '/home/x/a/b:c', '/home/x/a/b:c/v1'],
    ['/odd:name,x=1', { kind: 'folder', path: '/odd:name,x=1' }, '/odd:name,x=1', '/odd:name,x=1/v1'],
    ['nas:', { kind: 'remote', remote: 'nas', path: '' }, 'nas:', 'nas:v1'],
    [
      'nas:backup/vault',
      { kind: 'remote', remote: 'nas', path: 'backup/vault' },
      'nas:backup/vault',
      'nas:backup/vault/v1',
    ],
    [
      'nas:/srv/vault',
      { kind: 'remote', remote: 'nas', path: '/srv/vault' },
      'nas:/srv/vault',
      'nas:/srv/vault/v1',
    ],
    ['nas:/', { kind: 'remote', remote: 'nas', path: '/' }, 'nas:/', 'nas:/v1'],
    ['nas:a//./b/', { kind: 'remote', remote: 'nas', path: 'a/b' }, 'nas:a/b', 'nas:a/b/v1'],
    ['my drive:x', { kind: 'remote', remote: 'my drive', path: 'x' }, 'my drive:x', 'my drive:x/v1'],
  ])('%j is understood', (text, place, fs, below) => {
    const resolved = resolvePlace(text, '/home/x')
    expect(resolved).toEqual(place)
    expect(placeFs(resolved)).toBe(fs)
    expect(placeFs(resolved, 'v1')).toBe(below)
  })

  test.each([
    ':sftp,host=example.com,user=x:path',
    ':webdav,bearer_token_command="touch /tmp/x":',
    ':local:/etc',
    'nas,ssh="sh -c id":path',
    'nas,host=elsewhere:path',
  ])('the connection string %j is refused, and not repeated in the error', (text) => {
    expect(() => resolvePlace(text, '/home/x')).toThrow(expect.objectContaining({ code: 'REMOTE_REFUSED' }))
    expect(() => resolvePlace(text, '/home/x')).not.toThrow(text)
  })

  test.each(['', 'vault', 'https://user:secret@example.com/dav', 'nas:a/../b', 'nas:..', '-x:y', 'nas:a\0b'])(
    '%j is not a place',
    (text) => {
      expect(() => resolvePlace(text, '/home/x')).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }))
    },
  )

  test('a folder below a place stays below it', () => {
    expect(() => placeFs({ kind: 'folder', path: '/vault' }, '../x')).toThrow()
    expect(placeFs({ kind: 'folder', path: '/vault' }, '/etc')).toBe('/vault/etc')
    expect(placeFs({ kind: 'remote', remote: 'nas', path: 'x' }, '/etc')).toBe('nas:x/etc')
  })
})

describe('The address of an object', () => {
  test.each([
    ['/vault', 'packs/a', '/[/vault]/packs/a'],
    ['nas:', 'packs/a', '/[nas:]/packs/a'],
    ['nas:x/y', 'packs/a', '/[nas:x/y]/packs/a'],
    ['/mnt/a]b/c', 'packs/a', '/[/mnt/]/a]b/c/packs/a'],
    ['/]', 'a', '/[/]/]/a'],
    ['nas:a]b/c', 'a', '/[nas:]/a]b/c/a'],
    ['nas:/a]b', 'a', '/[nas:/]/a]b/a'],
    ['nas:x/a]b', 'a', '/[nas:x/]/a]b/a'],
  ])('in %j of %j ends its fs before the first closing bracket', (fs, key, expected) => {
    expect(decodeURIComponent(objectUrlPath(fs, key))).toBe(expected)
  })

  test('keeps every odd character inside its segment', () => {
    expect(objectUrlPath('/a b?#%', 'ü&/+x')).toBe('/%5B%2Fa%20b%3F%23%25%5D/%C3%BC%26/%2Bx')
  })
})
