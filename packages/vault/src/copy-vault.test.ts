import { DAY_MS, HOUR_MS, KeepRules, type SnapshotId } from '@holdfast/domain'
import { describe, expect, it } from 'vitest'
import { prune } from './prune.ts'
import { repair } from './repair.ts'
import { createTestCopy, type TestCopy } from './test-copy.ts'
import { createTestVault, seededRandom, type TestVault } from './test-vault.ts'
import { writersIn } from './vault/claims.ts'
import { createVault } from './vault/create-vault.ts'

describe('a second copy', () => {
  it('is a vault that says and restores the same as the first', async () => {
    const t = await threeDays()
    const copy = createTestCopy(t)
    const summary = await copy.run()
    expect(summary).toMatchObject({ ok: true, lost: [], heldBack: null, differing: [], mended: [] })
    expect(summary.copied).toMatchObject({ snapshots: 3, objects: copy.steps() })
    expect(copy.inner.objects.size).toBe(t.inner.objects.size)
    await expectSame(t, copy, 3)
  })

  it('copies only what is new the second time', async () => {
    const t = await threeDays()
    const copy = createTestCopy(t)
    await copy.run()
    expect((await copy.run()).copied).toEqual({ objects: 0, bytes: 0, snapshots: 0 })
    t.source.write('/docs/new', 'n'.repeat(5000))
    await t.backup()
    const second = await copy.run()
    expect(second.copied.snapshots).toBe(1)
    expect(second.copied.objects).toBeLessThan(5)
    await expectSame(t, copy, 4)
  })

  it('cut off at any object is a vault whose listed snapshots restore, and goes on where it stopped', async () => {
    const t = await threeDays()
    const whole = createTestCopy(t)
    await whole.run({ check: false })
    for (const how of ['stop', 'cut'] as const)
      for (let at = 1; at <= whole.steps(); at += 1) {
        const copy = createTestCopy(t, {
          before: (step) => (step >= at ? (step === at ? how : 'stop') : 'go'),
        })
        await expect(copy.run(), `${how} at ${at}`).rejects.toThrow('cut off')
        // Half an object is named by a check and hits nothing.
        if (isVault(copy)) await expectSound(t, copy, `${how} at ${at}`, how === 'cut' ? 1 : 0)
        const again = createTestCopy(t, { place: copy })
        const summary = await again.run()
        expect(summary.ok, `${how} at ${at}`).toBe(true)
        expect(summary.mended.length, `${how} at ${at}`).toBe(how === 'cut' ? 1 : 0)
        expect(again.inner.objects.size).toBe(t.inner.objects.size)
      }
  })

  it('follows a prune, and cut off at any moment of that still restores what it lists', async () => {
    const t = await threeDays()
    const before = createTestCopy(t)
    await before.run()
    await pruneTwice(t)
    await t.backup()
    const steps = forkOf(t, before)
    const summary = await steps.run()
    expect(summary).toMatchObject({ ok: true, heldBack: null, deleted: { snapshots: 2 } })
    expect([...steps.inner.objects.keys()].sort()).toEqual([...t.inner.objects.keys()].sort())
    await expectSame(t, steps, 2)
    for (let at = 1; at <= steps.steps(); at += 1) {
      const copy = forkOf(t, before, (step) => (step >= at ? 'stop' : 'go'))
      await expect(copy.run()).rejects.toThrow('cut off')
      await expectSound(t, copy, `stopped at ${at}`)
    }
  })

  it('never deletes what the vault lost by damage', async () => {
    const t = await threeDays()
    const copy = createTestCopy(t)
    await copy.run()
    const keys = [...copy.inner.objects.keys()].sort()
    const pack = keys.find((key) => key.startsWith('packs/')) ?? ''
    t.inner.objects.delete(pack)
    const summary = await createTestCopy(t, { place: copy }).run()
    expect(summary).toMatchObject({ heldBack: { code: 'damaged' }, deleted: { objects: 0 } })
    expect([...copy.inner.objects.keys()].sort()).toEqual(keys)
  })

  it('keeps a pack that a repair of the vault set aside, and still restores what needs it', async () => {
    const t = await threeDays()
    const copy = createTestCopy(t)
    await copy.run()
    const pack = [...t.inner.objects.keys()].find((key) => key.startsWith('packs/')) ?? ''
    t.inner.objects.delete(pack)
    const request = { installation: '00112233aabbccdd', sources: 'none', dryRun: false } as const
    for await (const _ of repair(t.vault, request, { ...t.env, threads: 0 })) void _
    await createTestCopy(t, { place: copy }).run()
    expect(copy.inner.objects.has(pack)).toBe(true)
    const opened = await copy.asVault()
    for (const { id } of await opened.snapshots())
      expect((await opened.restore(id)).nodes.size).toBeGreaterThan(1)
  })

  it('keeps a snapshot that went from the vault without a mark, and names it', async () => {
    const t = await threeDays()
    const copy = createTestCopy(t)
    await copy.run()
    const keys = [...copy.inner.objects.keys()].sort()
    t.inner.objects.delete(keys.find((key) => key.startsWith('snaps/')) ?? '')
    t.inner.objects.delete(keys.find((key) => key.startsWith('packs/')) ?? '')
    const summary = await createTestCopy(t, { place: copy }).run()
    expect(summary).toMatchObject({ lost: ['0123abcd-1'], heldBack: { code: 'lost' } })
    expect([...copy.inner.objects.keys()].sort()).toEqual(keys)
  })

  it('touches nothing when the vault was put back to an older state or shows nothing', async () => {
    const t = await threeDays()
    const copy = createTestCopy(t)
    await copy.run()
    const keys = [...copy.inner.objects.keys()].sort()
    const newest = keys.filter((key) => key.startsWith('snaps/')).at(-1) ?? ''
    t.inner.objects.delete(newest)
    await expect(createTestCopy(t, { place: copy }).run()).rejects.toMatchObject({
      code: 'VAULT_ROLLED_BACK',
    })
    for (const key of [...t.inner.objects.keys()]) t.inner.objects.delete(key)
    await expect(createTestCopy(t, { place: copy }).run()).rejects.toMatchObject({
      code: 'VAULT_ROLLED_BACK',
    })
    expect([...copy.inner.objects.keys()].sort()).toEqual(keys)
  })

  it('deletes nothing when the vault shows snapshots and no packs', async () => {
    const t = await threeDays()
    const copy = createTestCopy(t)
    await copy.run()
    const there = copy.inner.objects.size
    for (const key of [...t.inner.objects.keys()]) if (key.startsWith('packs/')) t.inner.objects.delete(key)
    expect(await createTestCopy(t, { place: copy }).run()).toMatchObject({ heldBack: { code: 'large' } })
    expect(copy.inner.objects.size).toBe(there)
  })

  it('writes nothing over an object that proves itself, and names the damaged one of the vault', async () => {
    const t = await threeDays()
    const copy = createTestCopy(t)
    await copy.run()
    const pack = [...t.inner.objects.keys()].find((key) => key.startsWith('packs/')) ?? ''
    const object = t.inner.objects.get(pack)
    if (object === undefined) throw new Error('there is no pack')
    t.inner.objects.set(pack, { ...object, bytes: object.bytes.subarray(0, 100) })
    const summary = await createTestCopy(t, { place: copy }).run()
    expect(summary).toMatchObject({ ok: false, mended: [], differing: [{ key: pack }] })
    expect(copy.inner.objects.get(pack)?.bytes).toEqual(object.bytes)
  })

  it('takes an empty place or its own copy, and neither another vault nor other files', async () => {
    const t = await threeDays()
    const occupied = createTestCopy(t)
    occupied.outer.objects.set('holiday.jpg', { bytes: new Uint8Array(3), modifiedAtMs: 0 })
    await expect(occupied.run()).rejects.toMatchObject({ code: 'PLACE_NOT_EMPTY' })
    expect(occupied.inner.objects.size).toBe(0)

    const copy = createTestCopy(t)
    const doors = { outer: copy.outer, openInner: async () => copy.inner }
    await createVault(doors, { kind: 'plain' }, { ...t.env, random: seededRandom(77) })
    const there = copy.outer.objects.size
    await expect(copy.run()).rejects.toMatchObject({ code: 'VAULT_EXISTS' })
    expect(copy.outer.objects.size).toBe(there)
  })

  it('has the claims, so that a machine can be taken over from the copy', async () => {
    const t = await threeDays()
    const copy = createTestCopy(t)
    await copy.run()
    const claims = await writersIn((await copy.asVault()).vault, t.env)
    expect(claims).toEqual(await writersIn(t.vault, t.env))
    expect(claims[0]?.current?.body.machine).toBe('test')
  })

  it('a dry run says what it would copy and writes nothing', async () => {
    const t = await threeDays()
    const copy = createTestCopy(t)
    const summary = await copy.run({ dryRun: true })
    expect(summary.copied.snapshots).toBe(3)
    expect(copy.outer.objects.size + copy.inner.objects.size).toBe(0)
  })

  it('is not harmed by a run that commits while it is made', async () => {
    const t = await threeDays()
    let ran: Promise<unknown> | undefined
    const copy = createTestCopy(t, {
      before: (_, key) => {
        if (key.startsWith('packs/')) ran ??= t.backup()
        return 'go'
      },
    })
    expect((await copy.run()).ok).toBe(true)
    await ran
    await expectSound(t, copy, 'beside a run')
    expect((await createTestCopy(t, { place: copy }).run()).ok).toBe(true)
    await expectSame(t, copy, 4)
  })
})

async function threeDays(): Promise<TestVault> {
  const t = await createTestVault()
  for (const day of [1, 2, 3]) {
    const noise = Buffer.from(seededRandom(day).bytes(90_000)).toString('base64')
    t.source.write('/docs/big', noise)
    t.source.write(`/docs/day-${day}`, `what day ${day} brought`)
    await t.backup()
    t.wait(DAY_MS)
  }
  return t
}

/** Marks and, after the grace, deletes all but the newest snapshot. */
async function pruneTwice(t: TestVault): Promise<void> {
  for (const waitMs of [49 * HOUR_MS, 0]) {
    const request = {
      ...{ keep: KeepRules.parse({ last: 1 }), graceMs: 48 * HOUR_MS, timeZone: 'UTC', known: new Map() },
      ...{ installation: '00112233aabbccdd', machine: undefined, plan: undefined },
      ...{ allowLarge: false, takeOver: false, dryRun: false },
    }
    for await (const _ of prune(t.vault, request, t.env)) void _
    t.wait(waitMs)
  }
}

function forkOf(t: TestVault, copy: TestCopy, before?: (step: number) => 'go' | 'stop'): TestCopy {
  const place = createTestCopy(t)
  for (const part of ['outer', 'inner'] as const)
    for (const [key, object] of copy[part].objects) place[part].objects.set(key, object)
  return createTestCopy(t, { place, ...(before === undefined ? {} : { before }) })
}

function isVault(copy: TestCopy): boolean {
  const file = copy.outer.objects.get('vault.json')
  return file !== undefined && Buffer.from(file.bytes).toString().endsWith('}\n')
}

/** Opens, finds no damage, and every snapshot that it lists comes back. */
async function expectSound(t: TestVault, copy: TestCopy, when: string, broken = 0): Promise<SnapshotId[]> {
  const opened = await copy.asVault()
  const { damaged } = await opened.check()
  expect(damaged.length, when).toBeLessThanOrEqual(broken)
  const listed = await opened.snapshots()
  // Half a snapshot is none, and hits nothing but itself.
  const hit = damaged.flatMap(({ affects }) => affects.map(({ snapshot }) => snapshot))
  expect(
    listed.filter(({ id }) => hit.includes(id)),
    when,
  ).toEqual([])
  for (const { id } of listed) {
    const { nodes } = await opened.restore(id)
    expect(nodes.size, when).toBeGreaterThan(1)
  }
  expect(t.vault.id).toBe(opened.vault.id)
  return listed.map(({ id }) => id)
}

async function expectSame(t: TestVault, copy: TestCopy, snapshots: number): Promise<void> {
  const ids = await expectSound(t, copy, 'whole')
  expect(ids).toHaveLength(snapshots)
  const opened = await copy.asVault()
  for (const id of ids)
    expect((await opened.restore(id)).describe()).toEqual((await t.restore({ snapshot: id })).tree.describe())
}
