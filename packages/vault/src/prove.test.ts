import { createMemoryTree } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { proveRestorable } from './prove.ts'
import { createTestVault, seededRandom, type TestVault } from './test-vault.ts'

async function prove(t: TestVault) {
  const { snapshot } = await t.backup()
  const sources = [{ label: Buffer.from('docs'), path: Buffer.from('/docs') }]
  const env = { ...t.env, source: t.source, target: createMemoryTree() }
  return await proveRestorable(t.vault, { snapshot, files: 3, sources }, env)
}

describe('a proof', () => {
  it('restores a few files and compares them with the live ones', async () => {
    const t = await createTestVault()
    for (const name of ['a', 'b', 'c', 'd', 'e']) t.source.write(`/docs/${name}`, `content of ${name}`)
    expect(await prove(t)).toMatchObject({ kind: 'first-file', mismatches: 0 })
    const { files, examples } = await prove(t)
    expect(files).toBeGreaterThan(0)
    expect(examples).toHaveLength(Math.min(3, files))
    for (const path of examples ?? []) expect(path).toMatch(/^docs\/[a-e]$/)
  })

  it('takes files of many pieces too', async () => {
    const t = await createTestVault()
    t.source.write('/docs/big', seededRandom(8).bytes(3_000_000))
    expect(await prove(t)).toMatchObject({ files: 1, bytes: 3_000_000, mismatches: 0 })
  })

  it('tells a live file that differs from what came back', async () => {
    const t = await createTestVault()
    t.source.write('/docs/a', 'as it was')
    const { snapshot } = await t.backup()
    const node = t.source.nodes.get('/docs/a')
    if (node !== undefined) node.content = Buffer.from('otherwise')
    const sources = [{ label: Buffer.from('docs'), path: Buffer.from('/docs') }]
    const env = { ...t.env, source: t.source, target: createMemoryTree() }
    expect(await proveRestorable(t.vault, { snapshot, files: 1, sources }, env)).toMatchObject({
      mismatches: 1,
    })
  })
})
