import { createFaultyStore } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { check } from '../check.ts'
import { createTestVault, seededRandom, type TestVault } from '../test-vault.ts'

/** Twelve runs, a pack of some 20 KiB each. */
async function twelvePacks(): Promise<TestVault> {
  const t = await createTestVault()
  for (let i = 0; i < 12; i += 1) {
    t.source.write(`/docs/${i}`, seededRandom(i).bytes(20_000))
    await t.backup()
  }
  return t
}

/** The packs that one check read whole. */
async function packsRead(t: TestVault, percent: number): Promise<string[]> {
  const store = createFaultyStore(t.inner, () => undefined)
  const seen = { ...t.vault, store }
  for await (const event of check(seen, { read: { kind: 'share', percent } }, { ...t.env, threads: 0 }))
    if (event.type === 'finished') expect(event.summary.ok).toBe(true)
  const last = store.calls.findLastIndex(({ method, key }) => method === 'list' && key !== 'program')
  const gets = store.calls
    .slice(last)
    .filter(({ method, key }) => method === 'get' && key.startsWith('packs/'))
  const leafReads = 12
  return gets.slice(leafReads).map(({ key }) => key)
}

describe('a check that reads a share', () => {
  it('has read everything after ten runs of a tenth, and nothing twice before', async () => {
    const t = await twelvePacks()
    const all = [...t.inner.objects.keys()].filter((key) => key.startsWith('packs/')).sort()
    const read: string[] = []
    for (let run = 0; run < 10; run += 1) read.push(...(await packsRead(t, 10)))
    const firstRound = read.slice(0, all.length)
    expect([...new Set(firstRound)].sort()).toEqual(all)
    expect(firstRound).toHaveLength(all.length)
  })

  it('starts anew when the cache is lost or damaged', async () => {
    const t = await twelvePacks()
    await packsRead(t, 50)
    t.env.cache.put(`${t.vault.id}/check/reads`, Buffer.from('no json'))
    expect((await packsRead(t, 10)).length).toBeGreaterThan(0)
  })

  it('begins with what it found damaged, until that is sound', async () => {
    const t = await twelvePacks()
    const [key] = [...t.inner.objects.keys()].filter((name) => name.startsWith('packs/'))
    const whole = t.inner.objects.get(key as string)
    if (key === undefined || whole === undefined) throw new Error('no pack')
    const bytes = Uint8Array.from(whole.bytes)
    bytes[10_000] = (bytes[10_000] ?? 0) ^ 1
    t.inner.objects.set(key, { ...whole, bytes })
    expect((await t.check({ kind: 'all' })).ok).toBe(false)
    t.inner.objects.set(key, whole)
    expect(await packsRead(t, 1)).toEqual([key])
  })
})
