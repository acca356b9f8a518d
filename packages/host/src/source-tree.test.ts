import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, lstatSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import type { EntryStat, OpenFile, ReadProblem } from '@holdfast/vault/ports'
import { describe, expect, it } from 'vitest'
import { createSourceTree } from './source-tree.ts'
import { tempDir } from './temp-dir.ts'

const tree = createSourceTree()

describe('a source tree', () => {
  it('tells kind, mode, size and exact times of what is there', () => {
    using dir = tempDir()
    const file = dir.at('file')
    writeFileSync(file, 'hello')
    chmodSync(file, 0o4751)
    execFileSync('touch', ['-d', '@-86400.123456789', file.toString()])
    const stat = good(tree.lstat(file))
    expect(stat).toMatchObject({ kind: 'file', mode: 0o4751, size: 5, nlink: 1 })
    expect(stat.mtimeNs).toBe(-86_400_123_456_789n)
    expect(stat.ctimeNs).toBe(lstatSync(file, { bigint: true }).ctimeNs)
    expect(stat.ino).toBe(String(lstatSync(file, { bigint: true }).ino))
  })

  it('tells every kind apart and follows no link', () => {
    using dir = tempDir()
    mkdirSync(dir.at('dir'))
    symlinkSync('nowhere', dir.at('link'))
    execFileSync('mkfifo', [dir.at('fifo').toString()])
    expect(good(tree.lstat(dir.at('dir'))).kind).toBe('dir')
    expect(good(tree.lstat(dir.at('link'))).kind).toBe('link')
    expect(good(tree.lstat(dir.at('fifo'))).kind).toBe('fifo')
    expect(good(tree.lstat(Buffer.from('/dev/null')))).toMatchObject({
      kind: 'char',
      rdevMajor: 1,
      rdevMinor: 3,
    })
  })

  it('shows that a sparse file takes less room than its size', () => {
    using dir = tempDir()
    writeFileSync(dir.at('sparse'), '')
    truncateSync(dir.path.concat('/sparse'), 10_000_000)
    const stat = good(tree.lstat(dir.at('sparse')))
    expect(stat.size).toBe(10_000_000)
    expect(stat.allocated).toBeLessThan(1_000_000)
  })

  it('lists names in byte order, whatever bytes they are', () => {
    using dir = tempDir()
    const names = [
      Buffer.from('a'),
      Buffer.from('a\nb'),
      Buffer.from([0xff, 0x0a, 0x80]),
      Buffer.from('Ä'),
      Buffer.from('x'.repeat(255)),
      Buffer.from('B'),
      Buffer.from('\u{1f600}'),
      Buffer.from('\uffee'),
    ]
    for (const name of names) writeFileSync(dir.at(name), '')
    expect(good(tree.names(dir.at('.')))).toEqual(names.toSorted(Buffer.compare))
  })

  it('keeps the bytes of a link', () => {
    using dir = tempDir()
    const target = Buffer.from([0x2f, 0xff, 0x0a, 0xfe])
    symlinkSync(target, dir.at('link'))
    expect(good(tree.readLink(dir.at('link')))).toEqual(target)
    writeFileSync(dir.at('file'), '')
    expect(tree.readLink(dir.at('file'))).toMatchObject({ gone: false })
  })

  it('reads a file to its end', () => {
    using dir = tempDir()
    writeFileSync(dir.at('file'), 'abcdef')
    const file = good(tree.open(dir.at('file')))
    const buffer = new Uint8Array(4)
    expect(file.stat().size).toBe(6)
    expect([file.readInto(buffer), Buffer.from(buffer).toString()]).toEqual([4, 'abcd'])
    expect([file.readInto(buffer), file.readInto(buffer)]).toEqual([2, 0])
    writeFileSync(dir.at('file'), 'now longer')
    expect(file.stat().size).toBe(10)
    file.close()
  })

  it('opens neither a link nor a fifo, and never waits for one', () => {
    using dir = tempDir()
    writeFileSync(dir.at('file'), 'x')
    symlinkSync('file', dir.at('link'))
    execFileSync('mkfifo', [dir.at('fifo').toString()])
    expect(tree.open(dir.at('link'))).toEqual({ problem: 'replaced while it was read', gone: false })
    expect(tree.open(dir.at('fifo'))).toEqual({ problem: 'replaced while it was read', gone: false })
    expect(tree.open(dir.at('.'))).toMatchObject({ gone: false })
  })

  it('leaves the access time alone', () => {
    using dir = tempDir()
    writeFileSync(dir.at('file'), 'x')
    execFileSync('touch', ['-a', '-d', '2001-01-01', dir.at('file').toString()])
    const before = lstatSync(dir.at('file'), { bigint: true }).atimeNs
    const file = good(tree.open(dir.at('file')))
    file.readInto(new Uint8Array(1))
    file.close()
    expect(lstatSync(dir.at('file'), { bigint: true }).atimeNs).toBe(before)
  })

  it('says gone of what is not there', () => {
    using dir = tempDir()
    writeFileSync(dir.at('file'), '')
    const gone = { problem: 'vanished', gone: true }
    expect(tree.lstat(dir.at('no'))).toEqual(gone)
    expect(tree.names(dir.at('no'))).toEqual(gone)
    expect(tree.names(dir.at('file'))).toEqual(gone)
    expect(tree.open(dir.at('file/below'))).toEqual(gone)
  })

  it('walks trees deeper than the longest path', () => {
    using dir = tempDir()
    const name = 'd'.repeat(250)
    execFileSync(
      'sh',
      [
        '-c',
        `i=0; while [ $i -lt 40 ]; do mkdir ${name} && cd -P ${name}; i=$((i+1)); done; echo deep > file`,
      ],
      {
        cwd: dir.path,
      },
    )
    let path = dir.at(name)
    for (let depth = 1; depth < 40; depth += 1) {
      expect(good(tree.names(path))).toHaveLength(1)
      path = Buffer.concat([path, Buffer.from(`/${name}`)])
    }
    const deep = Buffer.concat([path, Buffer.from('/file')])
    expect(deep.length).toBeGreaterThan(10_000)
    expect(good(tree.lstat(deep)).size).toBe(5)
    const file = good(tree.open(deep))
    const buffer = Buffer.alloc(5)
    file.readInto(buffer)
    file.close()
    expect(buffer.toString()).toBe('deep\n')
  })

  it('answers how coarse times are', () => {
    using dir = tempDir()
    expect(tree.timestampGranularityNs(dir.at('.'))).toBeLessThanOrEqual(10_000_000n)
    expect(tree.timestampGranularityNs(Buffer.from('/proc'))).toBe(2_000_000_000n)
    expect(tree.timestampGranularityNs(dir.at('missing'))).toBe(2_000_000_000n)
  })

  it('names what an ordinary user may not read', () => {
    using dir = tempDir()
    chmodSync(dir.path, 0o755)
    writeFileSync(dir.at('secret'), 'x', { mode: 0 })
    mkdirSync(dir.at('closed'), { mode: 0 })
    const script = `
      import { createSourceTree } from ${JSON.stringify(new URL('source-tree.ts', import.meta.url).href)}
      const tree = createSourceTree()
      const at = (name) => Buffer.from(${JSON.stringify(`${dir.path}/`)} + name)
      console.log(JSON.stringify([tree.open(at('secret')), tree.names(at('closed')), tree.lstat(at('closed/x')), tree.lstat(at('secret')).mode]))`
    const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
    const child = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      ...user,
      encoding: 'utf8',
    })
    const denied = { problem: 'permission denied', gone: false }
    expect(JSON.parse(child.stdout)).toEqual([denied, denied, denied, 0])
    chmodSync(dir.at('closed'), 0o700)
  })
})

function good<T extends EntryStat | OpenFile | Uint8Array | Uint8Array[]>(answer: T | ReadProblem): T {
  if ('problem' in answer) throw new Error(answer.problem)
  return answer
}
