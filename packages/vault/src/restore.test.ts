import { HoldfastError } from '@holdfast/domain'
import { createMemoryTree } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { restore } from './restore.ts'
import { createTestVault, seededRandom } from './test-vault.ts'

it('leaves no half-written file behind when the target is full', async () => {
  const t = await createTestVault()
  for (const name of ['a', 'b', 'c'])
    t.source.write(`/docs/${name}`, seededRandom(name.length).bytes(9_000_000))
  await t.backup()

  const tree = createMemoryTree()
  const open = new Set<string>()
  let written = 0
  const target = {
    ...tree,
    createFile(path: Uint8Array) {
      const name = Buffer.from(path).toString()
      const file = tree.createFile(path, { sparse: false })
      open.add(name)
      return {
        writeAt(offset: number, bytes: Uint8Array) {
          written += bytes.length
          if (written > 10_000_000) throw new HoldfastError('TARGET_FULL', 'No space is left.')
          file.writeAt(offset, bytes)
        },
        finish(...args: Parameters<typeof file.finish>) {
          file.finish(...args)
          open.delete(name)
        },
        discard: () => void open.delete(name),
      }
    },
  }
  const request = {
    snapshot: 'latest',
    paths: [],
    conflict: 'keep-both',
    owners: true,
    dryRun: false,
  } as const
  const run = Array.fromAsync(restore(t.vault, request, { ...t.env, target, threads: 0 }))
  await expect(run).rejects.toMatchObject({ code: 'TARGET_FULL' })
  expect([...open]).toEqual([])
})

it('goes on where a restore was broken off and fetches nothing twice', async () => {
  const t = await createTestVault()
  for (const name of ['a', 'b', 'c'])
    t.source.write(`/docs/${name}`, seededRandom(name.length).bytes(900_000))
  t.source.symlink('/docs/link', 'a')
  t.source.write('/docs/twin', 'twin')
  t.source.link('/docs/twin-2', '/docs/twin')
  await t.backup()
  const { tree } = await t.restore()
  const whole = tree.describe()
  tree.rm('/docs/c')
  tree.rm('/docs/twin-2')
  const b = tree.nodes.get('/docs/b')
  if (b !== undefined) b.content = Buffer.from(b.content).fill(1, 1000, 1001)

  const request = {
    snapshot: 'latest',
    paths: [],
    conflict: 'overwrite',
    owners: true,
    dryRun: false,
  } as const
  let summary: unknown
  for await (const event of restore(t.vault, request, { ...t.env, target: tree, threads: 0 }))
    if (event.type === 'finished') summary = event.summary
  expect(summary).toMatchObject({ files: 5, already: 2, verified: true, skipped: [] })
  expect(tree.describe()).toEqual(whole)

  // Beside, nothing is kept twice either.
  const gets: string[] = []
  const store = {
    ...t.inner,
    get: (...[key, options]: Parameters<typeof t.inner.get>) => {
      if (key.startsWith('packs/') && options?.range !== undefined) gets.push(key)
      return t.inner.get(key, options)
    },
  }
  const again = t.through(store, t.env.cache)
  const beside = { ...request, conflict: 'keep-both' } as const
  for await (const _ of restore(again.vault, beside, { ...t.env, target: tree, threads: 0 }));
  expect(tree.describe()).toEqual(whole)
  expect(gets).toEqual([])
})
