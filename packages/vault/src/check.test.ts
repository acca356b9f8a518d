import { type WriterId, WriterId as WriterIdSchema } from '@holdfast/domain'
import { describe, expect, it } from 'vitest'
import { check } from './check.ts'
import { putMark } from './marks/put-mark.ts'
import { createTestVault, seededRandom, type TestVault } from './test-vault.ts'

async function vaultWithTwoSnapshots(): Promise<TestVault> {
  const t = await createTestVault()
  t.source.write('/docs/a.txt', 'a'.repeat(5000))
  t.source.write('/docs/noise.bin', seededRandom(3).bytes(300_000))
  await t.backup()
  t.source.write('/docs/b.txt', 'b'.repeat(5000))
  await t.backup()
  return t
}

describe('a check', () => {
  it('passes a sound vault and reads every stored byte of it', async () => {
    const t = await vaultWithTwoSnapshots()
    const summary = await t.check({ kind: 'all' })
    const packs = [...t.inner.objects].filter(([key]) => key.startsWith('packs/'))
    expect(summary).toMatchObject({ ok: true, damaged: [], garbage: [] })
    expect(summary.bytesRead).toBe(packs.reduce((sum, [, object]) => sum + object.bytes.length, 0))
  })

  it('notices a flipped bit anywhere in any object, and names what it hits', async () => {
    const t = await vaultWithTwoSnapshots()
    for (const [key, { bytes }] of [...t.inner.objects]) {
      for (let i = 0; i < 24; i += 1) {
        const at = Math.min(bytes.length - 1, Math.floor((i / 23) * bytes.length))
        const damaged = Uint8Array.from(bytes)
        damaged[at] = (damaged[at] as number) ^ (1 << (i % 8))
        t.inner.objects.set(key, { bytes: damaged, modifiedAtMs: 0 })
        const summary = await t.check({ kind: 'all' })
        expect(summary.ok, `${key} at ${at}`).toBe(false)
        expect(
          summary.damaged.map((d) => d.object),
          `${key} at ${at}`,
        ).toContain(key)
      }
      t.inner.objects.set(key, { bytes, modifiedAtMs: 0 })
    }
    expect((await t.check({ kind: 'all' })).ok).toBe(true)
  })

  it('names the files that a missing pack takes along, and everything else restores', async () => {
    const t = await vaultWithTwoSnapshots()
    const second = [...t.inner.objects.keys()].filter((key) => key.startsWith('packs/'))[1] as string
    t.inner.objects.delete(second)
    const summary = await t.check({ kind: 'none' })
    expect(summary.ok).toBe(false)
    expect(summary.damaged.find((d) => d.object === second)?.affects.map((a) => a.snapshot)).toContain(
      '0123abcd-2',
    )
    const { tree } = await t.restore({ snapshot: '0123abcd-1' as never })
    expect(tree.nodes.get('/docs/a.txt')?.content.length).toBe(5000)
  })

  it('notices a snapshot that is missing from the middle of a chain or lies under another name', async () => {
    const t = await vaultWithTwoSnapshots()
    await t.backup()
    const keys = [...t.inner.objects.keys()].filter((key) => key.startsWith('snaps/')).sort()
    const [first, second] = keys as [string, string]
    const kept = t.inner.objects.get(second)
    if (kept === undefined) throw new Error('no snapshot')
    t.inner.objects.delete(second)
    expect((await t.check({ kind: 'none' })).damaged.map((d) => d.reason)).toEqual(['it is missing'])
    t.inner.objects.set(first.replace('0000000001', '0000000002'), kept)
    expect((await t.check({ kind: 'none' })).ok).toBe(false)
  })

  it('lists what no snapshot needs as garbage, which is no damage', async () => {
    const t = await vaultWithTwoSnapshots()
    const [key, object] = [...t.inner.objects].find(([name]) => name.startsWith('packs/')) ?? []
    if (key === undefined || object === undefined) throw new Error('no pack')
    const stray = key.replace(/-[0-9a-f]{4}\.tar/, '-ffff.tar')
    t.inner.objects.set(stray, { ...object, bytes: object.bytes.subarray(0, 100) })
    expect(await t.check({ kind: 'all' })).toMatchObject({ ok: true, garbage: [stray] })
  })

  it('notices that the vault was put back to a state older than what the home has seen', async () => {
    const t = await vaultWithTwoSnapshots()
    const writer = WriterIdSchema.parse('0123abcd')
    const known: ReadonlyMap<WriterId, number> = new Map([
      [writer, 5],
      [WriterIdSchema.parse('0badcafe'), 1],
    ])
    for await (const event of check(t.vault, { read: { kind: 'none' }, known }, { ...t.env, threads: 0 }))
      if (event.type === 'finished')
        expect(event.summary.damaged.map(({ object, kind }) => [object, kind])).toEqual([
          ['snaps/0123abcd/0000000005', 'snapshot'],
          ['snaps/0badcafe/0000000001', 'snapshot'],
        ])
    expect((await t.check({ kind: 'none' })).ok).toBe(true)
  })

  it('names damaged marks and claims', async () => {
    const t = await vaultWithTwoSnapshots()
    const mark = await putMark(t.vault, { kind: 'doomed', installation: '00112233aabbccdd' }, t.env)
    const [claim] = [...t.inner.objects.keys()].filter((key) => key.startsWith('writers/'))
    for (const key of [mark, claim as string])
      t.inner.objects.set(key, { bytes: Buffer.from('damaged'), modifiedAtMs: 0 })
    const { damaged } = await t.check({ kind: 'none' })
    expect(damaged.map(({ object, kind }) => [object, kind])).toEqual([
      [mark, 'mark'],
      [claim, 'claim'],
    ])
  })

  it('takes what a prune is going to delete for neither damage nor garbage', async () => {
    const t = await vaultWithTwoSnapshots()
    await t.backup()
    t.source.rm('/docs/b.txt')
    await t.backup()
    const snaps = [...t.inner.objects.keys()].filter((key) => key.startsWith('snaps/')).sort()
    const packs = (await t.check({ kind: 'none' })).garbage
    expect(packs).toEqual([])
    const mark = { kind: 'doomed', installation: '00112233aabbccdd', snapshots: snaps.slice(0, 3) } as const
    await putMark(t.vault, mark, t.env)
    const before = await t.check({ kind: 'all' })
    expect(before).toMatchObject({ ok: true, garbage: [] })
    expect(before.waiting.length).toBeGreaterThan(0)
    t.inner.objects.delete(snaps[2] as string)
    expect(await t.check({ kind: 'none' })).toMatchObject({ ok: true })
  })

  it('takes what cut-off puts left for garbage when nothing was lost by it', async () => {
    const t = await vaultWithTwoSnapshots()
    const left = [
      'index/00112233445566778899aabbccddeeff-0000.tar.zst',
      'snaps/0123abcd/0000000002-20020914t104100z-ffff.snap',
    ]
    for (const key of left) t.inner.objects.set(key, { bytes: Buffer.from('cut'), modifiedAtMs: 0 })
    expect(await t.check({ kind: 'all' })).toMatchObject({ ok: true, garbage: left })
  })
})
