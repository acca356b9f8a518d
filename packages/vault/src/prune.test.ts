import { type BackupSummary, DAY_MS, HOUR_MS, KeepRules, type SnapshotId, WriterId } from '@holdfast/domain'
import { describe, expect, it } from 'vitest'
import { sha256Hex } from './chunk/piece-id.ts'
import { type PruneRequest, type PruneSummary, prune } from './prune.ts'
import { listEntries } from './snapshot/list-entries.ts'
import { readSnapshots } from './snapshot/read-snapshots.ts'
import { writeSnapshot } from './snapshot/snapshot-format.ts'
import { listSnapshots } from './snapshots.ts'
import { createTestVault, seededRandom, type TestVault } from './test-vault.ts'

describe('a prune', () => {
  it('marks what the rules forget, and deletes it after the grace', async () => {
    const t = await createTestVault()
    const ids = await fiveDays(t)
    const first = await pruned(t, { last: 2 })
    expect(first.forgotten).toEqual(ids.slice(0, 3))
    expect(first.kept.map(({ snapshot }) => snapshot)).toEqual(ids.slice(3))
    expect(first.marked).toMatchObject({ snapshots: 3, packs: 3 })
    expect(first.deleted).toEqual({ snapshots: 0, indexes: 0, packs: 0, bytes: 0 })
    expect(await listed(t)).toEqual(ids.slice(3))

    t.wait(47 * HOUR_MS)
    expect((await pruned(t, { last: 2 })).deleted.packs).toBe(0)
    t.wait(HOUR_MS)
    const last = await pruned(t, { last: 2 })
    expect(last.deleted).toMatchObject({ snapshots: 3, packs: 3 })
    expect(last.bytesFreed).toBeGreaterThan(0)
    expect(last.bytesWaiting).toBe(0)
    expect([...t.inner.objects.keys()].filter((key) => key.startsWith('snaps/'))).toHaveLength(2)
    await expectWhole(t, ids.slice(3))
    const next = await backedUp(t)
    expect(next).toMatchObject({ snapshot: '0123abcd-6', filesUnchanged: 1 })
    await expectWhole(t, [...ids.slice(3), next.snapshot])
  })

  it('brings a marked snapshot back when looser rules keep it after all', async () => {
    const t = await createTestVault()
    const ids = await fiveDays(t)
    await pruned(t, { last: 1 })
    expect(await listed(t)).toEqual(ids.slice(4))
    const again = await pruned(t, { last: 4 })
    expect(again.forgotten).toEqual(ids.slice(0, 1))
    expect(await listed(t)).toEqual(ids.slice(1))
    t.wait(3 * DAY_MS)
    await pruned(t, { last: 4 })
    await expectWhole(t, ids.slice(1))
  })

  it('forgets nothing of a plan whose newest snapshot is suspect', async () => {
    const t = await createTestVault()
    const ids = await fiveDays(t)
    const newest = (await readSnapshots(t.vault, t.env)).snapshots.at(-1)
    if (newest === undefined) throw new Error('there is no snapshot')
    const bytes = writeSnapshot(newest.key, { ...newest.body, suspect: true }, t.vault.keys.mac)
    t.inner.objects.set(newest.key, { bytes, modifiedAtMs: 0 })
    const suspected = t.through(t.inner)
    const summary = await pruned(suspected, { last: 1 })
    expect(summary).toMatchObject({ forgotten: [], frozen: [{ machine: 'test', plan: null }] })
    expect(await listed(suspected)).toEqual(ids)
  })

  it('without a grace deletes at once, and refuses while a run may be under way', async () => {
    const t = await createTestVault()
    const ids = await fiveDays(t)
    t.inner.objects.set('packs/00/00000000000000000000000000000000-0000.tar.zst', {
      bytes: new Uint8Array(10),
      modifiedAtMs: t.env.clock.nowMs(),
    })
    await expect(pruned(t, { last: 1 }, { graceMs: 0 })).rejects.toMatchObject({ code: 'VAULT_CHANGED' })
    expect(await listed(t)).toEqual(ids)
    t.wait(DAY_MS)
    const summary = await pruned(t, { last: 1 }, { graceMs: 0 })
    expect(summary.deleted).toMatchObject({ snapshots: 4, packs: 5 })
    await expectWhole(t, ids.slice(4))
  })

  it('says what it would do and writes nothing on a dry run', async () => {
    const t = await createTestVault()
    await fiveDays(t)
    const before = [...t.inner.objects.keys()]
    const summary = await pruned(t, { last: 2 }, { dryRun: true })
    expect(summary).toMatchObject({ dryRun: true, marked: { snapshots: 3, packs: 3 } })
    expect([...t.inner.objects.keys()]).toEqual(before)
  })

  it('copies the live pieces out of packs that are mostly dead', async () => {
    const t = await createTestVault()
    for (let i = 0; i < 10; i += 1) t.source.write(`/docs/${i}`, seededRandom(i).bytes(300_000))
    await backedUp(t)
    for (let i = 0; i < 8; i += 1) t.source.write(`/docs/${i}`, seededRandom(100 + i).bytes(300_000))
    const { snapshot } = await backedUp(t)
    const summary = await pruned(t, { last: 1 })
    expect(summary.copied.packs).toBeGreaterThan(0)
    t.wait(3 * DAY_MS)
    await pruned(t, { last: 1 })
    await expectWhole(t, [snapshot])
    expect(storedBytes(t)).toBeLessThan(10 * 300_000 * 1.05)
    expect(await backedUp(t)).toMatchObject({ filesUnchanged: 10, bytesRead: 0 })
  })

  it('keeps a churning history of 120 days at no more than 1.6 of its live bytes', async () => {
    const t = await createTestVault()
    const random = seededRandom(7)
    const pick = (below: number) => Buffer.from(random.bytes(4)).readUInt32LE() % below
    for (let i = 0; i < 60; i += 1) t.source.write(`/docs/${i}`, random.bytes(20_000 + pick(60_000)))
    for (let day = 0; day < 120; day += 1) {
      for (let n = 0; n < 6; n += 1) t.source.write(`/docs/${pick(60)}`, random.bytes(20_000 + pick(60_000)))
      await backedUp(t)
      t.wait(DAY_MS - 60_000)
      await pruned(t, { last: 3, daily: 7, weekly: 4 }, { allowLarge: true })
    }
    const ids = await listed(t)
    await expectWhole(t, ids)
    expect(storedBytes(t) / (await liveBytes(t))).toBeLessThan(1.6)
  }, 120_000)

  it('is done by one installation', async () => {
    const t = await createTestVault()
    await fiveDays(t)
    await pruned(t, { last: 4 })
    const elsewhere = { installation: 'ffffffffffffffff' }
    await expect(pruned(t, { last: 4 }, elsewhere)).rejects.toMatchObject({ code: 'PRUNE_ELSEWHERE' })
    await pruned(t, { last: 4 }, { ...elsewhere, takeOver: true })
    await expect(pruned(t, { last: 4 })).rejects.toMatchObject({ code: 'PRUNE_ELSEWHERE' })
  })

  it('stops when a snapshot, a pack or an index object is not what it should be', async () => {
    const t = await createTestVault()
    const ids = await fiveDays(t)
    const known = new Map([[WriterId.parse('0123abcd'), 6]])
    await expect(pruned(t, { last: 1 }, { known })).rejects.toMatchObject({ code: 'VAULT_ROLLED_BACK' })
    for (const key of [...t.inner.objects.keys()]) {
      if (!key.startsWith('snaps/') && !key.startsWith('packs/')) continue
      const object = t.inner.objects.get(key)
      t.inner.objects.delete(key)
      const isLast = key.includes('/0000000005-')
      if (!isLast) await expect(pruned(t, { last: 5 })).rejects.toMatchObject({ code: 'VAULT_DAMAGED' })
      if (object !== undefined) t.inner.objects.set(key, object)
    }
    await expectWhole(t, ids)
  })

  it('starts a run over whose pieces it marked meanwhile', async () => {
    const t = await createTestVault()
    t.source.write('/docs/a', seededRandom(1).bytes(50_000))
    await backedUp(t)
    t.source.rm('/docs/a')
    t.source.write('/docs/b', 'other')
    await backedUp(t)
    // The same content comes back while a prune marks the pack that held it.
    t.source.write('/docs/again', seededRandom(1).bytes(50_000))
    let marked = false
    const racing = {
      ...t.inner,
      async put(key: string, body: Uint8Array) {
        await t.inner.put(key, body)
        if (!key.startsWith('snaps/') || marked) return
        marked = true
        await pruned(t, { last: 1 }, { graceMs: 0 })
      },
    }
    const { snapshot } = await backedUp(t.through(racing))
    expect(marked).toBe(true)
    t.wait(3 * DAY_MS)
    await pruned(t, { last: 1 }, { allowLarge: true })
    await expectWhole(t, [snapshot])
  })
})

/** A hash of what the source held when each snapshot was made. */
const made = new WeakMap<TestVault['source'], Map<SnapshotId, string>>()

async function backedUp(t: TestVault): Promise<BackupSummary> {
  const before = sha256Hex(Buffer.from(t.source.describe('/docs').join('\n')))
  const summary = await t.backup()
  made.set(t.source, (made.get(t.source) ?? new Map()).set(summary.snapshot, before))
  return summary
}

/** The vault lists just these, restores each as it was, and checks sound. */
async function expectWhole(t: TestVault, ids: readonly SnapshotId[]): Promise<void> {
  expect((await listed(t)).toSorted()).toEqual([...ids].sort())
  for (const snapshot of ids) {
    const { tree, summary } = await t.restore({ snapshot })
    expect(summary).toMatchObject({ verified: true, skipped: [] })
    expect(sha256Hex(Buffer.from(tree.describe('/docs').join('\n')))).toBe(made.get(t.source)?.get(snapshot))
  }
  expect(await t.check()).toMatchObject({ ok: true, damaged: [] })
}

/** Oldest first. */
async function listed(t: TestVault): Promise<SnapshotId[]> {
  return (await listSnapshots(t.vault, t.env)).map(({ id }) => id).reverse()
}

function storedBytes(t: TestVault): number {
  return [...t.inner.objects]
    .filter(([key]) => key.startsWith('packs/'))
    .reduce((sum, [, { bytes }]) => sum + bytes.length, 0)
}

/** Bytes of the distinct contents of all listed snapshots; none of them compresses. */
async function liveBytes(t: TestVault): Promise<number> {
  const pieces = new Map<string, number>()
  for (const snapshot of await listed(t))
    for await (const { size, path, mtimeNs } of listEntries(t.vault, { snapshot, recursive: true }, t.env))
      pieces.set(`${Buffer.from(path)} ${mtimeNs}`, size)
  return [...pieces.values()].reduce((sum, size) => sum + size, 0)
}

async function fiveDays(t: TestVault) {
  const ids = []
  for (let day = 0; day < 5; day += 1) {
    t.source.write('/docs/changing', seededRandom(day).bytes(40_000))
    ids.push((await backedUp(t)).snapshot)
    t.wait(DAY_MS)
  }
  return ids
}

async function pruned(
  t: TestVault,
  rules: Partial<KeepRules>,
  over: Partial<PruneRequest> = {},
): Promise<PruneSummary> {
  const request: PruneRequest = {
    keep: KeepRules.parse(rules),
    ...{ machine: undefined, plan: undefined, installation: '00112233aabbccdd' },
    ...{ graceMs: 2 * DAY_MS, allowLarge: false, takeOver: false, dryRun: false, timeZone: 'UTC' },
    known: new Map(),
    ...over,
  }
  for await (const event of prune(t.vault, request, t.env))
    if (event.type === 'finished') return event.summary
  throw new Error('the prune did not finish')
}
