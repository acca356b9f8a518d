import { describe, expect, it } from 'vitest'
import { findEntries } from '../find-entries.ts'
import type { Cache } from '../ports.ts'
import { createTestVault, type TestVault } from '../test-vault.ts'
import { buildNameCache } from './build-name-cache.ts'

const PATTERNS = [
  'f00017',
  '*7.txt',
  'docs/f0',
  '/docs',
  'ÜBER',
  'caf\u00e9',
  'sub',
  '?',
  '*',
  '[g-z]*',
  'no such',
]

describe('the cache of names', () => {
  it('leaves every answer as it is without it', async () => {
    const t = await historyOf()
    const without = await Promise.all(PATTERNS.map((pattern) => rows(t, { pattern }, cacheless(t))))
    expect(without[0]).not.toEqual([])
    expect(await buildNameCache(t.vault, t.env)).toMatchObject({ added: expect.any(Number) })
    expect(await Promise.all(PATTERNS.map((pattern) => rows(t, { pattern })))).toEqual(without)
    expect((await buildNameCache(t.vault, t.env)).added).toBe(0)
  })

  it('saves the reading of parts in which no name fits', async () => {
    const t = await historyOf()
    await buildNameCache(t.vault, t.env)
    let reads = 0
    const counting = {
      ...t.env.cache,
      get: (key: string) => {
        if (key.includes('/leaves/')) reads += 1
        return t.env.cache.get(key)
      },
    }
    await rows(t, { pattern: 'no such' }, counting)
    expect(reads).toBe(0)
    await rows(t, { pattern: 'über' }, counting)
    expect(reads).toBeGreaterThan(0)
  })

  it('knows only what it read: snapshots made later are searched all the same, and known after the next build', async () => {
    const t = await historyOf()
    await buildNameCache(t.vault, t.env)
    t.source.write('/docs/later.txt', 'x')
    await t.backup()
    expect(await rows(t, { pattern: 'later' })).toHaveLength(1)
    expect((await buildNameCache(t.vault, t.env)).added).toBe(1)
    expect(await rows(t, { pattern: 'later' })).toHaveLength(1)
  })

  it.each([
    ['a changed byte', (bytes: Uint8Array) => bytes.with(40, (bytes[40] ?? 0) ^ 1)],
    ['a lost end', (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 9)],
    ['nothing', () => new Uint8Array()],
  ])('is made again after %s, and answers are whole meanwhile', async (_what, damage) => {
    const t = await historyOf()
    const before = await buildNameCache(t.vault, t.env)
    for (const key of t.env.cache.keys?.(`${t.vault.id}/names`) ?? [])
      t.env.cache.put(key, damage(t.env.cache.get(key) ?? new Uint8Array()))
    expect(await rows(t, { pattern: 'f00017' })).toHaveLength(1)
    expect(await buildNameCache(t.vault, t.env)).toEqual({ ...before, added: before.leaves })
    expect((await buildNameCache(t.vault, t.env)).added).toBe(0)
  })

  it('goes on behind a path, and pages together are the whole answer', async () => {
    const t = await historyOf()
    await buildNameCache(t.vault, t.env)
    const whole = await rows(t, { pattern: '*1*' })
    const paged: string[] = []
    for (let after: Uint8Array | undefined; ; ) {
      const page = await rows(t, { pattern: '*1*', after }, t.env.cache, 97)
      paged.push(...page)
      if (page.length < 97) break
      after = Buffer.from(page.at(-1)?.split('|')[0] ?? '')
    }
    expect(paged).toEqual(whole)
  })
})

async function historyOf(): Promise<TestVault> {
  const t = await createTestVault()
  t.source.mkdir('/docs/sub')
  for (let i = 0; i < 1500; i += 1) t.source.write(`/docs/f${String(i).padStart(5, '0')}.txt`, 'x')
  t.source.write(Buffer.from('/docs/sub/Übersicht.pdf').toString('latin1'), 'x')
  t.source.write(Buffer.from('/docs/sub/cafe\u0301').toString('latin1'), 'x')
  t.source.write('/docs/sub/odd\n\xff name', 'x')
  await t.backup()
  t.source.write('/docs/f00500b.txt', 'y')
  t.source.rm('/docs/f01000.txt')
  await t.backup()
  return t
}

function cacheless(t: TestVault): Cache {
  return { ...t.env.cache, keys: () => [] }
}

async function rows(
  t: TestVault,
  query: Parameters<typeof findEntries>[1],
  cache: Cache = t.env.cache,
  limit = Number.POSITIVE_INFINITY,
): Promise<string[]> {
  const found: string[] = []
  for await (const event of findEntries(t.vault, query, { ...t.env, cache })) {
    if (event.type === 'unreadable') throw new Error(event.reason)
    const { path, kind, first, last, count } = event.entry
    found.push(`${Buffer.from(path)}|${kind} ${first} ${last} ${count}`)
    if (found.length === limit) break
  }
  return found
}
