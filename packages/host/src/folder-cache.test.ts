import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createFolderCache } from './folder-cache.ts'
import { tempDir } from './temp-dir.ts'

const bytes = (text: string) => Buffer.from(text)

describe('a folder cache', () => {
  it('gives back what was put, and the newest of two', () => {
    using dir = tempDir()
    const cache = createFolderCache(`${dir.path}/cache`)
    expect(cache.get('index/ab')).toBeUndefined()
    cache.put('index/ab', bytes('one'))
    cache.put('index/ab', bytes('two'))
    expect(cache.get('index/ab')).toEqual(bytes('two'))
    expect(readdirSync(`${dir.path}/cache/index`)).toEqual(['ab'])
  })

  it.each([
    '..',
    '../out',
    'a/../../out',
    '/abs',
    '.hidden',
    'UPPER',
    'a\0b',
    '%part-1',
    'ü/\n',
    'a//b',
    '',
    'x'.repeat(300),
  ])('keeps the odd key %j inside its folder', (key) => {
    using dir = tempDir()
    const cache = createFolderCache(`${dir.path}/cache`)
    cache.put(key, bytes('x'))
    expect([undefined, 'x']).toContain(cache.get(key)?.toString())
    expect(readdirSync(dir.path).filter((name) => name !== 'cache')).toEqual([])
  })

  it('tells every key below a folder as it was put', () => {
    using dir = tempDir()
    const cache = createFolderCache(`${dir.path}/cache`)
    expect(cache.keys?.('ab')).toEqual([])
    for (const key of ['ab/snaps/0A/1', 'ab/snaps/.b', 'ab/index/c', 'other/d']) cache.put(key, bytes('x'))
    expect([...(cache.keys?.('ab/snaps') ?? [])].sort()).toEqual(['ab/snaps/.b', 'ab/snaps/0A/1'])
    expect(cache.keys?.('ab')).toHaveLength(3)
  })

  it('forgets what is not kept, in one folder only', () => {
    using dir = tempDir()
    const cache = createFolderCache(dir.path)
    for (const key of ['snaps/w/1', 'snaps/w/2', 'snaps/W/Ü', 'index/1']) cache.put(key, bytes(key))
    writeFileSync(dir.at('snaps/%part-left'), 'by a crash')
    cache.retain('snaps', new Set(['snaps/w/2', 'snaps/W/Ü']))
    expect(cache.get('snaps/w/1')).toBeUndefined()
    expect(cache.get('snaps/w/2')).toEqual(bytes('snaps/w/2'))
    expect(cache.get('snaps/W/Ü')).toEqual(bytes('snaps/W/Ü'))
    expect(cache.get('index/1')).toEqual(bytes('index/1'))
    expect(existsSync(dir.at('snaps/%part-left'))).toBe(false)
    cache.retain('never/there', new Set())
  })

  it('drops quietly what the disk does not take', () => {
    using dir = tempDir()
    writeFileSync(dir.at('file'), '')
    mkdirSync(dir.at('folder/key'), { recursive: true })
    createFolderCache(`${dir.path}/file`).put('a', bytes('x'))
    const cache = createFolderCache(`${dir.path}/folder`)
    cache.put('key', bytes('x'))
    expect(cache.get('key')).toBeUndefined()
    expect(readdirSync(`${dir.path}/folder`)).toEqual(['key'])
  })
})
