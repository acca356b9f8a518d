import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { isHoldfastError } from '@holdfast/domain'
import type { Attributes } from '@holdfast/vault/ports'
import { describe, expect, it } from 'vitest'
import { partName } from './part-name.ts'
import { createTargetTree } from './target-tree.ts'
import { tempDir } from './temp-dir.ts'

const isRoot = process.getuid?.() === 0
const AT = 1_700_000_000_500_000_000n
const file: Attributes = { kind: 'file', mode: 0o644, mtimeNs: AT, owner: undefined }
const bytes = (text: string) => Buffer.from(text)
/** In the year 2242 neighbouring doubles are further apart than a microsecond. */
const DOUBLES_TELL_MICROSECONDS = 8_589_934_592_000_000_000n

describe('a target tree', () => {
  it('makes folders and files with their attributes', () => {
    using dir = tempDir()
    const tree = createTargetTree(dir.at('new/target'))
    tree.makeDir(bytes('a/b'))
    const out = tree.createFile(bytes('a/b/file'), { sparse: false })
    out.writeAt(3, bytes('def'))
    out.writeAt(0, bytes('abc'))
    out.finish(6, { ...file, mode: 0o6751 })
    tree.finishDir(bytes('a/b'), {
      kind: 'dir',
      mode: 0o1555,
      mtimeNs: -1_000_000_001_000n,
      owner: undefined,
    })
    expect(readFileSync(dir.at('new/target/a/b/file'), 'utf8')).toBe('abcdef')
    // Root restores no program of somebody else as its own setuid one.
    const mode = isRoot ? 0o751 : 0o6751
    expect(tree.lstat(bytes('a/b/file'))).toMatchObject({ mode, mtimeNs: AT, size: 6, kind: 'file' })
    expect(tree.lstat(bytes('a/b'))).toMatchObject({
      mode: 0o1555,
      mtimeNs: -1_000_000_001_000n,
      kind: 'dir',
    })
    expect(readdirSync(dir.at('new/target/a/b'))).toEqual(['file'])
  })

  it('makes nothing before the first write', () => {
    using dir = tempDir()
    const tree = createTargetTree(`${dir.path}/new`)
    expect(tree.lstat(bytes('a/b'))).toBeUndefined()
    expect(tree.open(bytes('a'))).toMatchObject({ gone: true })
    tree.remove(bytes('a'))
    expect(existsSync(`${dir.path}/new`)).toBe(false)
  })

  it('shows a file only when it is whole', () => {
    using dir = tempDir()
    const tree = createTargetTree(dir.path)
    const out = tree.createFile(bytes('file'), { sparse: false })
    out.writeAt(0, bytes('half'))
    expect(tree.lstat(bytes('file'))).toBeUndefined()
    out.discard()
    expect(readdirSync(dir.path)).toEqual([])
    out.discard()
  })

  it('removes what a crash left when the same file comes again', () => {
    using dir = tempDir()
    writeFileSync(dir.at(partName(bytes('photo'))), 'left behind')
    const tree = createTargetTree(dir.path)
    const out = tree.createFile(bytes('photo'), { sparse: false })
    out.writeAt(0, bytes('new'))
    out.finish(3, file)
    expect(readdirSync(dir.path)).toEqual(['photo'])
    expect(readFileSync(dir.at('photo'), 'utf8')).toBe('new')
  })

  it('keeps a restored file whose name looks like a leftover', () => {
    using dir = tempDir()
    const tree = createTargetTree(dir.path)
    const odd = bytes(partName(bytes('photo')))
    const first = tree.createFile(odd, { sparse: false })
    first.writeAt(0, bytes('mine'))
    first.finish(4, file)
    tree.createFile(bytes('photo'), { sparse: false }).finish(0, file)
    expect(readFileSync(dir.at(odd), 'utf8')).toBe('mine')
    expect(lstatSync(dir.at('photo')).size).toBe(0)
  })

  it.each([
    ['before 1970', -2_000_000_000_123_456_000n],
    ['just before 1970', -1000n],
    ['1970', 0n],
    ['now', 1_763_000_000_123_456_789n],
    ['exactly one microsecond', 1_763_000_000_999_999_000n],
    ['after 2100', 4_200_000_000_654_321_987n],
    ['after 2242', 9_000_000_000_000_001_000n],
    ['near the end of ext4', 15_000_000_000_999_999_999n],
  ])('sets times to the microsecond: %s', (_, mtimeNs) => {
    using dir = tempDir()
    const tree = createTargetTree(dir.path)
    tree.createFile(bytes('file'), { sparse: false }).finish(0, { ...file, mtimeNs })
    tree.makeLink(bytes('link'), bytes('nowhere'), { ...file, kind: 'link', mtimeNs })
    for (const name of ['file', 'link']) {
      const found = tree.lstat(bytes(name))?.mtimeNs ?? 0n
      expect(BigInt.asIntN(64, found - mtimeNs)).toBeGreaterThan(-1000n)
      expect(BigInt.asIntN(64, found - mtimeNs)).toBeLessThan(1000n)
      if (mtimeNs < DOUBLES_TELL_MICROSECONDS) expect(floorMicros(found)).toBe(floorMicros(mtimeNs))
    }
  })

  it('leaves holes where blocks are zero and loses no other byte', () => {
    using dir = tempDir()
    const tree = createTargetTree(dir.path)
    const content = Buffer.alloc(3_000_001)
    content.write('start', 0)
    content.write('odd', 1_000_003)
    content.write('end', 2_999_998)
    const out = tree.createFile(bytes('sparse'), { sparse: true })
    for (const [from, to] of [
      [2_000_000, 3_000_001],
      [0, 999],
      [999, 1_000_004],
      [1_000_004, 2_000_000],
    ] as const)
      out.writeAt(from, content.subarray(from, to))
    out.finish(content.length, file)
    expect(readFileSync(dir.at('sparse')).equals(content)).toBe(true)
    expect(lstatSync(dir.at('sparse')).blocks * 512).toBeLessThan(100_000)
    const empty = tree.createFile(bytes('all-zero'), { sparse: true })
    empty.writeAt(0, Buffer.alloc(100_000))
    empty.finish(100_000, file)
    expect(lstatSync(dir.at('all-zero'))).toMatchObject({ size: 100_000, blocks: 0 })
  })

  it('keeps names and link targets byte for byte', () => {
    using dir = tempDir()
    const tree = createTargetTree(dir.path)
    const name = Buffer.from([0xff, 0x0a, 0xe9])
    const target = Buffer.from([0x2f, 0xfe, 0x0a])
    tree.makeDir(name)
    tree.makeLink(Buffer.concat([name, bytes('/link')]), target, { ...file, kind: 'link' })
    tree.createFile(Buffer.concat([name, bytes(`/${'n'.repeat(255)}`)]), { sparse: false }).finish(0, file)
    expect(readdirSync(dir.path, { encoding: 'buffer' })).toEqual([name])
    expect(readlinkSync(Buffer.concat([dir.at(name), bytes('/link')]), { encoding: 'buffer' })).toEqual(
      target,
    )
  })

  it('gives a file its second name', () => {
    using dir = tempDir()
    const tree = createTargetTree(dir.path)
    tree.createFile(bytes('one'), { sparse: false }).finish(0, file)
    tree.makeHardLink(bytes('two'), bytes('one'))
    expect(tree.lstat(bytes('two'))).toMatchObject({ nlink: 2, ino: tree.lstat(bytes('one'))?.ino })
  })

  it('makes fifos under any name', async () => {
    using dir = tempDir()
    const tree = createTargetTree(dir.path)
    const name = Buffer.from([0x66, 0xff, 0x0a])
    await tree.makeNode(name, { ...file, kind: 'fifo', mode: 0o620 }, { major: 0, minor: 0 })
    expect(tree.lstat(name)).toMatchObject({ kind: 'fifo', mode: 0o620, mtimeNs: AT })
    expect(readdirSync(dir.path)).toHaveLength(1)
  })

  it.runIf(isRoot)('makes devices and sets owners as root', async () => {
    using dir = tempDir()
    const tree = createTargetTree(dir.path)
    const owner = { uid: 1234, gid: 4321 }
    try {
      await tree.makeNode(
        bytes('zero'),
        { ...file, kind: 'char', mode: 0o666, owner },
        { major: 1, minor: 5 },
      )
      expect(tree.lstat(bytes('zero'))).toMatchObject({ kind: 'char', rdevMajor: 1, rdevMinor: 5, ...owner })
    } catch (error) {
      // Containers may forbid device nodes, to root too.
      expect(isHoldfastError(error, 'TARGET_NOT_WRITABLE')).toBe(true)
    }
    tree.createFile(bytes('file'), { sparse: false }).finish(0, { ...file, mode: 0o6755, owner })
    tree.makeLink(bytes('link'), bytes('x'), { ...file, kind: 'link', owner })
    tree.makeDir(bytes('dir'))
    tree.finishDir(bytes('dir'), { ...file, kind: 'dir', mode: 0o2711, owner })
    expect(tree.lstat(bytes('file'))).toMatchObject({ ...owner, mode: 0o6755 })
    expect(tree.lstat(bytes('link'))).toMatchObject({ ...owner, kind: 'link' })
    expect(tree.lstat(bytes('dir'))).toMatchObject({ ...owner, mode: 0o2711 })
  })

  it.each(['', '/abs', '..', 'a/../b', './a', 'a//b', 'a/', 'nul\0', 'a/.'])(
    'refuses the path %j',
    (path) => {
      using dir = tempDir()
      const tree = createTargetTree(dir.path)
      for (const act of [
        () => tree.lstat(bytes(path)),
        () => tree.makeDir(bytes(path)),
        () => tree.createFile(bytes(path), { sparse: false }),
        () => tree.remove(bytes(path)),
        () => tree.makeHardLink(bytes('fine'), bytes(path)),
      ])
        expect(codeOf(act)).toBe('TARGET_OUTSIDE')
    },
  )

  it('follows no link that lies in the way', () => {
    using dir = tempDir()
    using outside = tempDir()
    const tree = createTargetTree(dir.path)
    symlinkSync(outside.path, dir.at('link'))
    writeFileSync(outside.at('kept'), 'kept')
    for (const act of [
      () => tree.createFile(bytes('link/new'), { sparse: false }),
      () => tree.makeDir(bytes('link/new')),
      () => tree.makeDir(bytes('link')),
      () => tree.remove(bytes('link/kept')),
      () => tree.lstat(bytes('link/kept')),
      () => tree.open(bytes('link/kept')),
      () => tree.makeLink(bytes('link/new'), bytes('x'), file),
      () => tree.makeHardLink(bytes('mine'), bytes('link/kept')),
    ])
      expect(codeOf(act)).toBe('TARGET_OUTSIDE')
    expect(readdirSync(outside.path)).toEqual(['kept'])
  })

  it('removes files, links themselves and empty folders', () => {
    using dir = tempDir()
    const tree = createTargetTree(dir.path)
    symlinkSync('/', dir.at('link'))
    tree.makeDir(bytes('full/sub'))
    tree.remove(bytes('link'))
    expect(codeOf(() => tree.remove(bytes('full')))).toBe('TARGET_NOT_WRITABLE')
    tree.remove(bytes('full/sub'))
    tree.remove(bytes('full'))
    expect(readdirSync(dir.path)).toEqual([])
    tree.makeDir(bytes('full/sub'))
    expect(tree.lstat(bytes('full/sub'))?.kind).toBe('dir')
  })

  it('restores trees deeper than the longest path', () => {
    using dir = tempDir()
    const tree = createTargetTree(dir.path)
    const folder = bytes(Array.from({ length: 40 }, () => 'd'.repeat(250)).join('/'))
    const path = Buffer.concat([folder, bytes('/file')])
    tree.makeDir(folder)
    const out = tree.createFile(path, { sparse: false })
    out.writeAt(0, bytes('deep'))
    out.finish(4, file)
    tree.makeHardLink(Buffer.concat([folder, bytes('/twin')]), path)
    tree.makeLink(Buffer.concat([folder, bytes('/link')]), bytes('file'), { ...file, kind: 'link' })
    tree.finishDir(folder, { ...file, kind: 'dir', mode: 0o500 })
    expect(tree.lstat(path)).toMatchObject({ size: 4, nlink: 2, mtimeNs: AT })
    expect(
      execFileSync('find', [dir.path, '-type', 'f'], { encoding: 'utf8' }).trim().split('\n'),
    ).toHaveLength(2)
    execFileSync('chmod', ['-R', 'u+rwx', dir.path])
    execFileSync('rm', ['-rf', `${dir.path}/${'d'.repeat(250)}`])
  })

  it('says that a folder may not be written', () => {
    using dir = tempDir()
    writeFileSync(dir.at('file'), '')
    expect(codeOf(() => createTargetTree(`${dir.path}/file`).makeDir(bytes('a')))).toBe('TARGET_NOT_WRITABLE')
    expect(codeOf(() => createTargetTree('/proc/nowhere').makeDir(bytes('a')))).toBe('TARGET_NOT_WRITABLE')
  })

  it('works for an ordinary user in a folder of mode 000 that a restore made before', () => {
    using dir = tempDir()
    chmodSync(dir.path, 0o777)
    const script = `
      import { createTargetTree } from ${JSON.stringify(new URL('target-tree.ts', import.meta.url).href)}
      const attributes = { kind: 'file', mode: 0, mtimeNs: 5000n, owner: undefined }
      for (const name of ['one', 'two']) {
        const tree = createTargetTree(${JSON.stringify(`${dir.path}/out`)})
        tree.makeDir(Buffer.from('closed'))
        tree.createFile(Buffer.from('closed/' + name), { sparse: false }).finish(0, attributes)
        tree.finishDir(Buffer.from('closed'), { ...attributes, kind: 'dir' })
      }
      try { createTargetTree('/etc').makeDir(Buffer.from('nobody')) } catch (error) { console.log(error.code) }`
    const user = isRoot ? { uid: 65534, gid: 65534 } : {}
    const child = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      ...user,
      encoding: 'utf8',
    })
    expect([child.stderr, child.stdout.trim()]).toEqual(['', 'TARGET_NOT_WRITABLE'])
    expect(lstatSync(dir.at('out/closed')).mode & 0o7777).toBe(0)
    if (!isRoot) return
    mkdirSync(dir.at('x'))
    expect(readdirSync(dir.at('out/closed'))).toEqual(['one', 'two'])
  })
})

function codeOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (isHoldfastError(error)) return error.code
    throw error
  }
  return 'nothing thrown'
}

function floorMicros(ns: bigint): bigint {
  return (ns - (((ns % 1000n) + 1000n) % 1000n)) / 1000n
}
