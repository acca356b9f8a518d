import { createMemoryTree } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { type DrillRequest, type DrillSummary, drill } from './drill.ts'
import { createTestVault, seededRandom, type TestVault } from './test-vault.ts'

async function run(t: TestVault, over: Partial<DrillRequest> = {}) {
  const target = createMemoryTree()
  const request = { snapshot: 'latest', sample: 12, ...over } as const
  let summary: DrillSummary | undefined
  for await (const event of drill(t.vault, request, { ...t.env, source: t.source, target, threads: 0 }))
    if (event.type === 'finished') summary = event.summary
  if (summary === undefined) throw new Error('the drill did not finish')
  return { summary, target }
}

describe('a drill', () => {
  it('restores a small snapshot whole and compares every unchanged file with the live one', async () => {
    const t = await createTestVault()
    for (const name of ['a', 'b', 'c']) t.source.write(`/docs/${name}`, `content of ${name}`)
    t.source.symlink('/docs/link', 'a')
    t.source.node('/docs/disk', 'block')
    await t.backup()
    t.source.write('/docs/b', 'changed since')
    const { summary, target } = await run(t)
    expect(summary).toMatchObject({ files: 3, bytes: 36, compared: 2, mismatches: [] })
    expect(target.nodes.get('/docs/link')?.kind).toBe('link')
  })

  it('takes a sample of a big one from all over it, with big files among them', async () => {
    const t = await createTestVault()
    for (let i = 0; i < 600; i += 1) t.source.write(`/docs/${String(i).padStart(4, '0')}`, `small ${i}`)
    t.source.write('/docs/0300-big', seededRandom(5).bytes(300_000))
    await t.backup()
    const { summary, target } = await run(t)
    expect(summary).toMatchObject({ files: 12, compared: 12, mismatches: [] })
    expect(summary.everythingMs).toBeGreaterThanOrEqual(summary.durationMs)
    expect(target.nodes.get('/docs/0300-big')?.content.length).toBe(300_000)
  })

  it('names what does not come back and what came back otherwise', async () => {
    const t = await createTestVault()
    t.source.write('/docs/first', 'in the first pack')
    await t.backup()
    const [pack] = [...t.inner.objects.keys()].filter((key) => key.startsWith('packs/'))
    t.source.write('/docs/second', 'in the second pack')
    await t.backup()
    t.inner.objects.delete(pack as string)
    const node = t.source.nodes.get('/docs/second')
    if (node !== undefined) node.content = Buffer.from('IN the second pack')
    const { summary } = await run(t)
    expect(summary.mismatches.map(({ path }) => path)).toEqual(['docs/first', 'docs/second'])
  })

  it('refuses before it writes when there is no room', async () => {
    const t = await createTestVault()
    t.source.write('/docs/a', 'too much')
    await t.backup()
    await expect(run(t, { roomBytes: 3 })).rejects.toMatchObject({ code: 'TARGET_FULL' })
  })
})
