import { HoldfastError, MINUTE_MS } from '@holdfast/domain'
import { describe, expect, it } from 'vitest'
import { listSnapshots } from './snapshots.ts'
import { createTestVault, seededRandom, type TestVault } from './test-vault.ts'

describe('a run that is cut off', () => {
  it('does not store again what it stored before', async () => {
    const t = await createTestVault()
    makeFiles(t, 30)
    await expect(cutOff(t, 0).backup()).rejects.toMatchObject({ code: 'REMOTE_UNREACHABLE' })
    const stored = packBytes(t)
    expect(stored).toBeGreaterThan(29 * 100_000)

    const summary = await t.backup()
    expect(summary).toMatchObject({ outcome: 'complete', filesNew: 30 })
    expect(packBytes(t) - stored).toBeLessThan(100_000)
    const { tree } = await t.restore()
    expect(same(tree, t.source)).toBe(true)
    expect(await t.check()).toMatchObject({ ok: true, garbage: [] })
  })

  it('believes no pack of its own that was cut short', async () => {
    const t = await createTestVault()
    makeFiles(t, 30)
    await expect(cutOff(t, 0).backup()).rejects.toMatchObject({ code: 'REMOTE_UNREACHABLE' })
    for (const [key, { bytes, ...rest }] of [...t.inner.objects])
      if (key.startsWith('packs/')) t.inner.objects.set(key, { ...rest, bytes: bytes.subarray(0, -1) })
    await t.backup()
    expect(same((await t.restore()).tree, t.source)).toBe(true)
    expect(await t.check()).toMatchObject({ ok: true })
  })

  it('keeps a checkpoint every half hour, and the next run reads only what came after it', async () => {
    const t = await createTestVault()
    makeFiles(t, 1200, 4000)
    let reads = 0
    t.source.onRead = () => {
      reads += 1
      if (reads === 600) t.wait(31 * MINUTE_MS)
    }
    await expect(cutOff(t, 1).backup()).rejects.toMatchObject({ code: 'REMOTE_UNREACHABLE' })
    t.source.onRead = undefined
    const [checkpoint, ...others] = await listSnapshots(t.vault, t.env)
    expect(others).toEqual([])
    expect(checkpoint).toMatchObject({ kind: 'checkpoint', outcome: 'incomplete', state: 'kept' })
    const partly = await t.restore({ snapshot: checkpoint?.id ?? 'latest' })
    expect(partly.summary).toMatchObject({ verified: true, skipped: [] })
    expect(partly.summary.files).toBeGreaterThan(500)

    const summary = await t.backup()
    expect(summary).toMatchObject({ outcome: 'complete', filesUnchanged: partly.summary.files })
    expect(summary.bytesRead).toBe((1200 - partly.summary.files) * 4000)
    expect(same((await t.restore()).tree, t.source)).toBe(true)
    expect((await listSnapshots(t.vault, t.env)).map(({ kind }) => kind)).toEqual(['run'])
    expect((await listSnapshots(t.vault, t.env, { all: true })).map(({ state }) => state)).toEqual([
      'kept',
      'superseded',
    ])
    expect(await t.check()).toMatchObject({ ok: true })
  })

  it('goes on behind the checkpoint with the run before it', async () => {
    const t = await createTestVault()
    makeFiles(t, 1200, 4000)
    await t.backup()
    for (let i = 0; i < 1200; i += 2) t.source.write(nameOf(i), seededRandom(5000 + i).bytes(4000))
    let reads = 0
    t.source.onRead = () => {
      reads += 1
      if (reads === 300) t.wait(31 * MINUTE_MS)
    }
    await expect(cutOff(t, 1).backup()).rejects.toMatchObject({ code: 'REMOTE_UNREACHABLE' })
    t.source.onRead = undefined
    const summary = await t.backup()
    expect(summary.filesUnchanged).toBeGreaterThan(800)
    expect(summary.filesUnchanged).toBeLessThan(1200)
    expect(same((await t.restore()).tree, t.source)).toBe(true)
  })
})

function nameOf(i: number): string {
  return `/docs/${String(i).padStart(4, '0')}`
}

function makeFiles(t: TestVault, count: number, size = 100_000): void {
  for (let i = 0; i < count; i += 1) t.source.write(nameOf(i), seededRandom(i).bytes(size))
}

/** The vault, by the same home, through a line that is cut when so many snapshots have passed. */
function cutOff(t: TestVault, passes: number): TestVault {
  let snapshots = 0
  const put = async (key: string, body: Uint8Array) => {
    if (key.startsWith('snaps/')) snapshots += 1
    if (snapshots > passes) throw new HoldfastError('REMOTE_UNREACHABLE', 'The line is cut.')
    await t.inner.put(key, body)
  }
  return t.through({ ...t.inner, put }, t.env.cache)
}

function packBytes(t: TestVault): number {
  return [...t.inner.objects]
    .filter(([key]) => key.startsWith('packs/'))
    .reduce((sum, [, { bytes }]) => sum + bytes.length, 0)
}

/** Compared without printing megabytes. */
function same(a: TestVault['source'], b: TestVault['source']): boolean {
  return a.describe('/docs').join('\n') === b.describe('/docs').join('\n')
}
