import { WriterId } from '@holdfast/domain'
import { describe, expect, it } from 'vitest'
import { type DiffTotals, diffSnapshots } from './diff-snapshots.ts'
import { fileVersions } from './file-versions.ts'
import { findEntries } from './find-entries.ts'
import { readFile } from './read-file.ts'
import { createTestVault, seededRandom, type TestVault } from './test-vault.ts'

const bytes = (path: string) => Buffer.from(path)

describe('findEntries', () => {
  it('names every path that any run held, with its newest state and how many hold it', async () => {
    const t = await createTestVault()
    t.source.mkdir('/docs/sub')
    t.source.write('/docs/a.txt', 'one')
    t.source.write('/docs/sub/a.txt', 'deep')
    const first = await t.backup()
    t.source.write('/docs/a.txt', 'longer')
    const second = await t.backup()
    t.source.rm('/docs/sub')
    t.source.write('/docs/b.txt', 'b')
    const third = await t.backup()

    expect(await found(t, '*.TXT')).toEqual([
      `docs/a.txt file 6 ${first.snapshot} ${third.snapshot} 3`,
      `docs/b.txt file 1 ${third.snapshot} ${third.snapshot} 1`,
      `docs/sub/a.txt file 4 ${first.snapshot} ${second.snapshot} 2`,
    ])
    expect(await found(t, 'sub')).toEqual([`docs/sub dir 0 ${first.snapshot} ${second.snapshot} 2`])
    expect(await found(t, 'nothing like it')).toEqual([])
    const one = await Array.fromAsync(
      findEntries(t.vault, { pattern: 'a.txt', snapshot: second.snapshot }, t.env),
    )
    expect(one).toHaveLength(2)
  })

  it('keeps apart what two machines and plans call by one name', async () => {
    const t = await createTestVault()
    t.source.write('/docs/a', '1')
    await t.backup()
    await t.backup({ plan: 'night' })
    await t.backup({ writer: WriterId.parse('ffffffff'), machine: 'other' })
    const rows = await Array.fromAsync(findEntries(t.vault, { pattern: 'a' }, t.env))
    const of = rows.flatMap((row) => (row.type === 'found' ? [`${row.entry.machine} ${row.entry.plan}`] : []))
    expect(of.sort()).toEqual(['other null', 'test night', 'test null'])
  })

  it('reads a leaf that many snapshots share once', async () => {
    const t = await createTestVault()
    manyFiles(t, 6000)
    await t.backup()
    for (const n of [1, 2]) {
      t.source.write('/docs/zz-last', `${n}`)
      await t.backup()
    }
    const reads = packReads(t)
    expect(await found(reads.vault, 'f00017')).toHaveLength(1)
    const inOne = packReads(t)
    await Array.fromAsync(
      findEntries(inOne.vault.vault, { pattern: 'f00017', snapshot: 'latest' }, inOne.vault.env),
    )
    // Of each later run only the leaf that changed comes on top.
    expect(inOne.count()).toBeGreaterThan(1)
    expect(reads.count()).toBe(inOne.count() + 2)
  })

  it('keeps the order of paths over leaves that overlap', async () => {
    const t = await createTestVault()
    manyFiles(t, 5000)
    await t.backup()
    for (let i = 0; i < 5000; i += 3) t.source.rm(`/docs/f${String(i).padStart(5, '0')}`)
    for (let i = 0; i < 500; i += 1) t.source.write(`/docs/f${String(i * 7).padStart(5, '0')}x`, 'n')
    await t.backup()
    const rows = (await found(t, 'f*')).map((row) => row.split(' ')[0])
    expect(rows).toHaveLength(5500)
    expect(rows).toEqual([...new Set(rows)].sort())
  })

  it('tells which part of the lists is damaged and finds the rest', async () => {
    const t = await createTestVault()
    manyFiles(t, 6000)
    await t.backup()
    const store = { ...t.inner, get: damagedRead(t, 2) }
    const rows = await Array.fromAsync(
      findEntries(t.through(store).vault, { pattern: 'f*' }, t.through(store).env),
    )
    const lost = rows.filter(({ type }) => type === 'unreadable')
    expect(lost).toHaveLength(1)
    expect(rows.length).toBeGreaterThan(500)
    expect(rows.length).toBeLessThan(6000)
  })
})

describe('fileVersions', () => {
  it('tells what became of a path', async () => {
    const t = await createTestVault()
    t.source.write('/docs/other', 'x')
    await t.backup()
    t.source.write('/docs/a', 'one')
    await t.backup()
    t.source.write('/docs/other', 'y')
    await t.backup()
    t.source.write('/docs/a', 'longer')
    await t.backup()
    t.source.rm('/docs/a')
    await t.backup()
    t.source.mkdir('/pics')
    await t.backup({ sources: [{ label: bytes('pics'), path: bytes('/pics'), excludes: [] }] })
    t.source.write('/docs/a', 'back', { problem: 'input/output error' })
    await t.backup()
    t.source.write('/docs/a', 'back')
    await t.backup()

    const rows = await Array.fromAsync(fileVersions(t.vault, { path: bytes('docs/a') }, t.env))
    expect(
      rows.map(({ snapshot, change, entry }) => `${snapshot.split('-')[1]} ${change} ${entry?.size}`),
    ).toEqual(['2 added 3', '3 same 3', '4 changed 6', '5 removed undefined', '7 unread 4', '8 added 4'])
    expect(rows[0]?.time).toBeInstanceOf(Date)
    const link = Array.fromAsync(fileVersions(t.vault, { path: bytes('docs/never') }, t.env))
    await expect(link).rejects.toMatchObject({ code: 'NOTHING_SELECTED' })
  })

  it('a touched file has the same content', async () => {
    const t = await createTestVault()
    t.source.write('/docs/a', 'one')
    await t.backup()
    t.source.write('/docs/a', 'one')
    await t.backup()
    const rows = await Array.fromAsync(fileVersions(t.vault, { path: bytes('docs/a') }, t.env))
    expect(rows.map(({ change }) => change)).toEqual(['added', 'same'])
    expect(rows[0]?.entry?.mtimeNs).not.toBe(rows[1]?.entry?.mtimeNs)
  })
})

describe('diffSnapshots', () => {
  it('names what is added, removed and changed, with bytes', async () => {
    const t = await createTestVault()
    t.source.mkdir('/docs/sub')
    t.source.write('/docs/same', 's')
    t.source.write('/docs/gone', '12345')
    t.source.write('/docs/sub/a', 'one')
    t.source.write('/docs/mode', 'm')
    t.source.symlink('/docs/link', 'here')
    const { snapshot: from } = await t.backup()
    t.source.rm('/docs/gone')
    t.source.write('/docs/sub/a', 'longer')
    t.source.write('/docs/sub/new', '12')
    t.source.write('/docs/mode', 'm', { mode: 0o600 })
    t.source.symlink('/docs/link', 'there')
    const { snapshot: to } = await t.backup()

    const there = await difference(t, { from, to })
    expect(there.rows).toEqual([
      'removed docs/gone 5 null',
      'changed docs/link null null',
      'attributes docs/mode 1 1',
      'changed docs/sub/a 3 6',
      'added docs/sub/new null 2',
    ])
    expect(there.totals).toEqual({
      added: { entries: 1, bytes: 2 },
      removed: { entries: 1, bytes: 5 },
      changed: { entries: 2, bytes: 6 },
      attributes: { entries: 1, bytes: 1 },
    })
    const back = await difference(t, { from: to, to: from })
    expect(back.totals?.added).toEqual({ entries: 1, bytes: 5 })
    const below = await difference(t, { from, to, path: bytes('docs/sub') })
    expect(below.rows).toEqual(['changed docs/sub/a 3 6', 'added docs/sub/new null 2'])
    const nowhere = difference(t, { from, to, path: bytes('docs/typo') })
    await expect(nowhere).rejects.toMatchObject({ code: 'NOTHING_SELECTED' })
  })

  it('reads no leaf that both share', async () => {
    const t = await createTestVault()
    manyFiles(t, 6000)
    const { snapshot: from } = await t.backup()
    t.source.write('/docs/f03000', 'other')
    const { snapshot: to } = await t.backup()
    const reads = packReads(t)
    const { rows } = await difference(reads.vault, { from, to })
    expect(rows).toEqual(['changed docs/f03000 6 5'])
    expect(reads.count()).toBeLessThanOrEqual(4)
    expect((await difference(t, { from, to: from })).rows).toEqual([])
  })
})

describe('readFile', () => {
  const content = seededRandom(7).bytes(30_000_000)

  it('gives the bytes of a file, or of any range of it', async () => {
    const t = await createTestVault()
    t.source.write('/docs/big', content)
    t.source.write('/docs/empty', '')
    await t.backup()
    expect(Buffer.compare(await read(t, 'docs/big'), content)).toBe(0)
    expect(await read(t, 'docs/empty')).toHaveLength(0)
    for (const [offset, length] of [
      [0, 1],
      [9_999_999, 12_345_678],
      [29_999_990, 100],
      [30_000_000, 5],
      [5, 0],
    ] as const) {
      const part = await read(t, 'docs/big', { offset, length })
      expect(Buffer.compare(part, content.subarray(offset, offset + length))).toBe(0)
    }
  })

  it('holds little of a large file at a time and stops when nobody reads on', async () => {
    const t = await createTestVault()
    t.source.write('/docs/big', seededRandom(9).bytes(48_000_000))
    await t.backup()
    const reads = packReads(t)
    let largest = 0
    for await (const chunk of readFile(
      reads.vault.vault,
      { snapshot: 'latest', path: bytes('docs/big') },
      { ...reads.vault.env, threads: 0 },
    )) {
      largest = Math.max(largest, chunk.length)
      break
    }
    expect(largest).toBeLessThanOrEqual(8 * 1024 * 1024)
    expect(reads.bytes()).toBeLessThan(40_000_000)
  })

  it('says what can not be read', async () => {
    const t = await createTestVault()
    t.source.mkdir('/docs/sub')
    t.source.symlink('/docs/link', 'x')
    t.source.write('/docs/bad', 'x', { problem: 'permission denied' })
    await t.backup()
    await expect(read(t, 'docs/sub')).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringContaining('a folder'),
    })
    await expect(read(t, 'docs/link')).rejects.toMatchObject({ code: 'INPUT_INVALID' })
    await expect(read(t, 'docs/nothing')).rejects.toMatchObject({ code: 'NOTHING_SELECTED' })
    await expect(read(t, 'docs/bad')).rejects.toMatchObject({
      code: 'NOTHING_SELECTED',
      message: expect.stringContaining('permission denied'),
    })
  })

  it('gives no byte that is not what was stored', async () => {
    const t = await createTestVault()
    t.source.write('/docs/big', content)
    await t.backup()
    for (const [key, object] of t.inner.objects)
      if (key.startsWith('packs/') && object.bytes.length > 5_000_000)
        object.bytes[4_000_000] = (object.bytes[4_000_000] ?? 0) ^ 1
    await expect(read(t, 'docs/big')).rejects.toMatchObject({ code: 'VAULT_DAMAGED' })
  })
})

async function found(t: TestVault, pattern: string): Promise<string[]> {
  const rows: string[] = []
  for await (const event of findEntries(t.vault, { pattern }, t.env)) {
    if (event.type === 'unreadable') throw new Error(event.reason)
    const { path, kind, size, first, last, count } = event.entry
    rows.push(`${Buffer.from(path)} ${kind} ${size} ${first} ${last} ${count}`)
  }
  return rows
}

async function difference(t: TestVault, query: Parameters<typeof diffSnapshots>[1]) {
  const rows: string[] = []
  let totals: DiffTotals | undefined
  for await (const event of diffSnapshots(t.vault, query, t.env)) {
    if (event.type === 'finished') totals = event.totals
    else
      rows.push(
        `${event.entry.change} ${Buffer.from(event.entry.path)} ${event.entry.sizeBefore} ${event.entry.sizeAfter}`,
      )
  }
  return { rows, totals }
}

async function read(t: TestVault, path: string, range?: { offset: number; length: number }): Promise<Buffer> {
  const query = { snapshot: 'latest', path: bytes(path), range } as const
  return Buffer.concat(await Array.fromAsync(readFile(t.vault, query, { ...t.env, threads: 0 })))
}

function manyFiles(t: TestVault, count: number): void {
  for (let i = 0; i < count; i += 1) t.source.write(`/docs/f${String(i).padStart(5, '0')}`, `n${i}`.padEnd(6))
}

/** The vault with an empty cache, and what is read of its packs. */
function packReads(t: TestVault): { vault: TestVault; count(): number; bytes(): number } {
  let count = 0
  let sum = 0
  const vault = t.through({
    ...t.inner,
    async get(key, options) {
      const got = await t.inner.get(key, options)
      if (key.startsWith('packs/')) {
        count += 1
        sum += got.length
      }
      return got
    },
  })
  return { vault, count: () => count, bytes: () => sum }
}

/** A store's `get` that flips a bit in whatever it reads at the place of the n-th pack read. */
function damagedRead(t: TestVault, n: number): TestVault['inner']['get'] {
  let seen = 0
  let bad: string | undefined
  return async (key, options) => {
    const got = await t.inner.get(key, options)
    if (!key.startsWith('packs/') || options?.range === undefined) return got
    const place = `${key} ${options.range.offset}`
    seen += 1
    if (seen === n) bad = place
    if (place === bad) got[got.length >> 1] = (got[got.length >> 1] ?? 0) ^ 1
    return got
  }
}
