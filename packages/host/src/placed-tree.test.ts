import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import type { Attributes } from '@holdfast/vault/ports'
import { describe, expect, it } from 'vitest'
import { createPlacedTree } from './placed-tree.ts'
import { createTargetTree } from './target-tree.ts'
import { tempDir } from './temp-dir.ts'

const file: Attributes = { kind: 'file', mode: 0o644, mtimeNs: 1_700_000_000_000_000_000n, owner: undefined }
const bytes = (text: string) => Buffer.from(text)

function write(tree: ReturnType<typeof createPlacedTree>, path: string, text: string): void {
  const out = tree.createFile(bytes(path), { sparse: false })
  out.writeAt(0, bytes(text))
  out.finish(text.length, file)
}

describe('a placed tree', () => {
  it('puts each label in its place, the rest elsewhere, and links across them', () => {
    using dir = tempDir()
    const placements = [
      { label: bytes('docs'), path: dir.at('home/ann/docs') },
      { label: bytes('notes.txt'), path: dir.at('home/ann/my-notes.txt') },
    ]
    const tree = createPlacedTree(placements, { rest: createTargetTree(dir.at('out')) })
    for (const folder of ['docs', 'docs/deep', 'other']) tree.makeDir(bytes(folder))
    write(tree, 'docs/deep/a', 'a')
    write(tree, 'notes.txt', 'notes')
    write(tree, 'other/b', 'b')
    tree.makeHardLink(bytes('docs/same'), bytes('notes.txt'))
    expect(readFileSync(dir.at('home/ann/docs/deep/a'), 'utf8')).toBe('a')
    expect(readFileSync(dir.at('out/other/b'), 'utf8')).toBe('b')
    expect(lstatSync(dir.at('home/ann/docs/same')).ino).toBe(lstatSync(dir.at('home/ann/my-notes.txt')).ino)
    expect(tree.lstat(bytes('docs/deep/a'))).toMatchObject({ kind: 'file', size: 1 })
  })

  it.each(['elsewhere/x', '../x', 'docs/../../x', '/etc/x', 'docs//x', '', 'docs/a\0b'])(
    'refuses %j',
    (path) => {
      using dir = tempDir()
      const tree = createPlacedTree([{ label: bytes('docs'), path: dir.at('docs') }])
      const refused = expect.objectContaining({ code: 'TARGET_OUTSIDE' })
      expect(() => tree.makeDir(bytes(path))).toThrow(refused)
      expect(() => write(tree, path, 'x')).toThrow(refused)
      expect(() => tree.remove(bytes(path))).toThrow(refused)
      expect(readdirSync(dir.path)).toEqual([])
    },
  )

  it('neither removes nor writes through a link', () => {
    using dir = tempDir()
    mkdirSync(dir.at('outside'))
    writeFileSync(dir.at('outside/precious'), 'precious')
    mkdirSync(dir.at('docs'))
    symlinkSync(dir.at('outside'), dir.at('docs/link'))
    const tree = createPlacedTree([{ label: bytes('docs'), path: dir.at('docs') }])
    const refused = expect.objectContaining({ code: 'TARGET_OUTSIDE' })
    expect(() => tree.remove(bytes('docs/link/precious'))).toThrow(refused)
    expect(() => write(tree, 'docs/link/precious', 'x')).toThrow(refused)
    tree.remove(bytes('docs/link'))
    expect(readdirSync(dir.at('docs'))).toEqual([])
    expect(readFileSync(dir.at('outside/precious'), 'utf8')).toBe('precious')
  })

  it('moves aside what would be removed', () => {
    using dir = tempDir()
    mkdirSync(dir.at('docs/deep/empty'), { recursive: true })
    writeFileSync(dir.at('docs/deep/a'), 'a')
    chmodSync(dir.at('docs/deep/a'), 0o600)
    linkSync(dir.at('docs/deep/a'), dir.at('docs/b'))
    const tree = createPlacedTree([{ label: bytes('docs'), path: dir.at('docs') }], {
      asideName: 'holdfast-removed-x',
    })
    for (const path of ['docs/b', 'docs/deep/a', 'docs/deep/empty', 'docs/deep']) tree.remove(bytes(path))
    expect(readdirSync(dir.at('docs'))).toEqual([])
    expect(readdirSync(String(dir.at('docs.holdfast-removed-x')), { recursive: true }).toSorted()).toEqual([
      'b',
      'deep',
      'deep/a',
      'deep/empty',
    ])
    expect(lstatSync(dir.at('docs.holdfast-removed-x/deep/a'))).toMatchObject({ nlink: 2, size: 1 })
  })

  it('keeps a folder that is not empty', () => {
    using dir = tempDir()
    mkdirSync(dir.at('docs/new/cache'), { recursive: true })
    const tree = createPlacedTree([{ label: bytes('docs'), path: dir.at('docs') }])
    expect(() => tree.remove(bytes('docs/new'))).toThrow(/not empty/)
    rmSync(dir.at('docs/new/cache'), { recursive: true })
    tree.remove(bytes('docs/new'))
    expect(readdirSync(dir.at('docs'))).toEqual([])
  })
})
