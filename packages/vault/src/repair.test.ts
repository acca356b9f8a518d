import { createFaultyStore, type Fault, faultFits, type StoreCall } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { readMarks } from './marks/read-marks.ts'
import { type RepairRequest, type RepairSummary, repair } from './repair.ts'
import { createTestVault, seededRandom, type TestVault } from './test-vault.ts'
import { NO_CACHE } from './vault/no-cache.ts'

const INSTALLATION = '00112233aabbccdd'

async function mend(t: TestVault, over: Partial<RepairRequest> = {}): Promise<RepairSummary> {
  const request = { sources: 'labels', dryRun: false, installation: INSTALLATION, ...over } as const
  for await (const event of repair(t.vault, request, { ...t.env, source: t.source, threads: 0 }))
    if (event.type === 'finished') return event.summary
  throw new Error('the repair did not finish')
}

const keysOf = (t: TestVault, folder: string) =>
  [...t.inner.objects.keys()].filter((key) => key.startsWith(`${folder}/`)).sort()

function flip(t: TestVault, key: string, share = 0.5): void {
  const bytes = Uint8Array.from(t.inner.objects.get(key)?.bytes ?? [])
  const at = Math.floor(bytes.length * share)
  bytes[at] = (bytes[at] ?? 0) ^ 0x10
  t.inner.objects.set(key, { bytes, modifiedAtMs: 0 })
}

/** Two runs; each has a pack of its own with a small text and noise in frames of their own. */
async function twoRuns(): Promise<TestVault> {
  const t = await createTestVault()
  t.source.write('/docs/a.txt', 'a'.repeat(5000))
  t.source.write('/docs/noise.bin', seededRandom(3).bytes(200_000))
  await t.backup()
  t.source.write('/docs/b.txt', 'b'.repeat(5000))
  t.source.write('/docs/more.bin', seededRandom(4).bytes(200_000))
  await t.backup()
  return t
}

/** A thousand files, so that the rows go into an index object. */
async function withIndexObject(): Promise<TestVault> {
  const t = await createTestVault()
  for (let i = 0; i < 900; i += 1) t.source.write(`/docs/${i}`, `file ${i}`)
  await t.backup()
  expect(keysOf(t, 'index')).toHaveLength(1)
  return t
}

async function expectWhole(t: TestVault): Promise<void> {
  expect(await t.check({ kind: 'all' })).toMatchObject({ ok: true, damaged: [] })
  const { summary, tree } = await t.restore()
  expect(summary).toMatchObject({ verified: true, skipped: [] })
  const content = (lines: string[]) => lines.filter((line) => line.includes(' file '))
  expect(content(tree.describe())).toEqual(content(t.source.describe()))
}

describe('a repair', () => {
  it('finds nothing to do in a sound vault and writes nothing', async () => {
    const t = await twoRuns()
    const before = [...t.inner.objects.keys()]
    expect(await mend(t)).toMatchObject({ ok: true, quarantined: [], lost: [] })
    expect([...t.inner.objects.keys()]).toEqual(before)
  })

  it.each([
    [
      'cut short',
      (t: TestVault, key: string) => {
        const bytes = t.inner.objects.get(key)?.bytes ?? new Uint8Array()
        t.inner.objects.set(key, { bytes: bytes.subarray(0, bytes.length / 2), modifiedAtMs: 0 })
      },
    ],
    ['flipped in the middle', (t: TestVault, key: string) => flip(t, key)],
    ['flipped in its table', (t: TestVault, key: string) => flip(t, key, 0.9999)],
    ['gone', (t: TestVault, key: string) => void t.inner.objects.delete(key)],
  ])('makes a vault whole again from the live files when a pack is %s', async (_, damage) => {
    const t = await twoRuns()
    const [pack] = keysOf(t, 'packs') as [string]
    damage(t, pack)
    const summary = await mend(t)
    expect(summary).toMatchObject({ ok: true, quarantined: [pack], lost: [] })
    expect(summary.salvaged.pieces + summary.restored.pieces).toBeGreaterThan(0)
    expect((await readMarks(t.vault, t.env)).absent).toEqual(new Set([pack]))
    await expectWhole(t)
    expect(await mend(t)).toMatchObject({ ok: true, quarantined: [] })
  })

  it('salvages what still verifies and names just the rest', async () => {
    const t = await twoRuns()
    const [pack] =
      [...t.inner.objects].find(([key, { bytes }]) => key.startsWith('packs/') && bytes.length > 200_000) ??
      []
    flip(t, pack as string)
    const before = await t.check({ kind: 'all' })
    const hit = before.damaged.flatMap(({ affects }) => affects)
    const summary = await mend(t, { sources: 'none' })
    expect(summary.ok).toBe(false)
    expect(summary.salvaged.pieces).toBeGreaterThan(0)
    expect(summary.restored.pieces).toBe(0)
    expect(summary.lost).toEqual(hit)
    const after = await t.check({ kind: 'all' })
    expect(after.ok).toBe(false)
    expect(after.damaged.flatMap(({ affects }) => affects)).toEqual(hit)
    const { summary: restored } = await t.restore()
    expect(restored.skipped).toHaveLength(1)
    // The next run reads the file again, and a repair then finds it.
    await t.backup()
    expect(await mend(t)).toMatchObject({ ok: true })
    await expectWhole(t)
  })

  it('finds the pieces of a big file that has grown at its front', async () => {
    const t = await createTestVault()
    const noise = seededRandom(7).bytes(6_000_000)
    t.source.write('/docs/big', noise)
    await t.backup()
    const pieces = keysOf(t, 'packs')
    t.source.write('/docs/big', Buffer.concat([Buffer.from('in front'), noise]))
    for (const key of pieces) flip(t, key, 0.9)
    const summary = await mend(t)
    expect(summary).toMatchObject({ ok: true, restored: { pieces: 1 } })
    expect(await t.check({ kind: 'all' })).toMatchObject({ ok: true })
  })

  it.each([
    ['gone', (t: TestVault, key: string) => void t.inner.objects.delete(key)],
    ['flipped', (t: TestVault, key: string) => flip(t, key)],
  ])('writes an index object anew when it is %s', async (_, damage) => {
    const t = await withIndexObject()
    damage(t, keysOf(t, 'index')[0] as string)
    expect(await mend(t, { sources: 'none' })).toMatchObject({ ok: true, rebuilt: { indexes: 1, packs: 0 } })
    await expectWhole(t)
  })

  it('finds pieces in packs whose tables are damaged when the index object that named them is gone', async () => {
    const t = await withIndexObject()
    t.inner.objects.delete(keysOf(t, 'index')[0] as string)
    for (const pack of keysOf(t, 'packs')) flip(t, pack, 0.9999)
    const summary = await mend(t, { sources: 'none' })
    expect(summary).toMatchObject({ ok: true, rebuilt: { indexes: 1 } })
    expect(summary.salvaged.pieces).toBeGreaterThan(900)
    await expectWhole(t)
  })

  it('salvages a piece whose tar header is damaged', async () => {
    const t = await createTestVault()
    t.source.write('/docs/noise', seededRandom(9).bytes(200_000))
    await t.backup()
    const [pack] = keysOf(t, 'packs') as [string]
    const bytes = Uint8Array.from(t.inner.objects.get(pack)?.bytes ?? [])
    bytes[60] = 0x58
    t.inner.objects.set(pack, { bytes, modifiedAtMs: 0 })
    expect(await mend(t, { sources: 'none' })).toMatchObject({ ok: true, quarantined: [pack], lost: [] })
    await expectWhole(t)
  })

  it('puts a damaged snapshot again when the home has a copy, and one that is gone', async () => {
    const t = await twoRuns()
    await t.backup()
    const [first, second] = keysOf(t, 'snaps') as [string, string]
    flip(t, first)
    t.inner.objects.delete(second)
    const summary = await mend(t)
    expect(summary).toMatchObject({ ok: true, quarantined: [first, second], rebuilt: { sealed: 2 } })
    await expectWhole(t)
    expect((await t.restore({ snapshot: '0123abcd-1' as never })).summary.files).toBe(2)
  })

  it('names a snapshot that nobody has a copy of, and the next check accepts that', async () => {
    const t = await twoRuns()
    await t.backup()
    const [first, second] = keysOf(t, 'snaps') as [string, string]
    flip(t, first)
    t.inner.objects.delete(second)
    const bare = { ...t, env: { ...t.env, cache: NO_CACHE } }
    const lost = ['0123abcd-1', '0123abcd-2'].map((snapshot) => ({ snapshot, path: '' }))
    expect(await mend(bare)).toMatchObject({ ok: false, lost, quarantined: [first] })
    expect(await t.check({ kind: 'all' })).toMatchObject({ ok: true })
    expect(await mend(bare)).toMatchObject({ ok: false, lost, quarantined: [] })
  })

  it('puts the copy of vault.json, the README and the reserve again', async () => {
    const t = await twoRuns()
    flip(t, 'vault.json')
    flip(t, keysOf(t, 'reserve')[0] ?? '')
    t.outer.objects.delete('README.txt')
    const kinds = (await t.check({ kind: 'all' })).damaged.map(({ kind }) => kind)
    expect(kinds).toEqual(['readme', 'reserve', 'vault-file'])
    expect(await mend(t)).toMatchObject({ ok: true, rebuilt: { plain: 3 } })
    await expectWhole(t)
  })

  it('says in a dry run what it would do and writes nothing', async () => {
    const t = await twoRuns()
    const [pack] = keysOf(t, 'packs') as [string]
    flip(t, pack)
    const before = [...t.inner.objects.keys()]
    const dry = await mend(t, { dryRun: true })
    expect(dry).toMatchObject({ ok: true, dryRun: true, quarantined: [pack] })
    expect([...t.inner.objects.keys()]).toEqual(before)
    const real = await mend(t)
    expect([real.salvaged, real.restored]).toEqual([dry.salvaged, dry.restored])
  })
})

describe('a repair that meets a fault at any store call', () => {
  const faults = (call: StoreCall): Fault[] =>
    (
      [
        { kind: 'error-before' },
        { kind: 'error-after' },
        { kind: 'truncate', keep: 40, reports: 'success' },
        { kind: 'truncate', keep: 40, reports: 'error' },
        { kind: 'vanish' },
        { kind: 'flip', at: 30 },
        { kind: 'flip', at: 3000 },
      ] as const
    ).filter(({ kind }) => faultFits(kind, call.method))

  it('leaves the vault no worse, and a second one finishes', async () => {
    const t = await twoRuns()
    const [pack] = keysOf(t, 'packs') as [string]
    flip(t, pack)
    flip(t, keysOf(t, 'snaps')[0] as string)
    const damaged = new Map(t.inner.objects)
    const soundBefore = await restorable(t)
    const copies = new Set(t.env.cache.keys?.(t.vault.id))
    const reset = () => {
      t.env.cache.retain(t.vault.id, copies)
      t.inner.objects.clear()
      for (const [key, object] of damaged) t.inner.objects.set(key, object)
    }
    // The calls of a repair without faults, to be replayed with each fault at each.
    const dry = createFaultyStore(t.inner, () => undefined)
    const { lost, quarantined } = await mend({ ...t.through(dry), env: t.env }, { sources: 'none' })
    expect(lost.length).toBeGreaterThan(0)
    for (const call of dry.calls) {
      for (const fault of faults(call)) {
        reset()
        const faulty = createFaultyStore(t.inner, ({ number, method }) =>
          number === call.number && faultFits(fault.kind, method) ? fault : undefined,
        )
        const where = `${fault.kind} at ${call.number}: ${call.method} ${call.key}`
        const outcome = await mend({ ...t.through(faulty), env: t.env }, { sources: 'none' }).catch(
          (error: unknown) => error,
        )
        // One bad answer makes nothing damaged: what is said to be lost is what is.
        if (outcome instanceof Error) expect(outcome, where).toMatchObject({ name: 'HoldfastError' })
        else expect(outcome, where).toMatchObject({ lost, quarantined })
        expect(await restorable(t), where).toEqual(expect.arrayContaining(soundBefore))
        expect(await mend(t), where).toMatchObject({ ok: true })
        expect(await t.check({ kind: 'all' }), where).toMatchObject({ ok: true, damaged: [] })
      }
    }
    await expectWhole(t)
  }, 60_000)
})

/** Paths that come back from the newest snapshot, with their content. */
async function restorable(t: TestVault): Promise<string[]> {
  const { tree } = await t.restore()
  return tree.describe()
}
