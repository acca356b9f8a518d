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
