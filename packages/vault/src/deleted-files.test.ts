import { WriterId } from '@holdfast/domain'
import { expect, it } from 'vitest'
import { deletedFiles } from './deleted-files.ts'
import { createTestVault, type TestVault } from './test-vault.ts'

const DAY_MS = 86_400_000

it('names files that went and did not come back, each with the last snapshot that holds it', async () => {
  const t = await createTestVault()
  t.source.mkdir('/docs/sub')
  for (const name of ['stays', 'goes', 'comes-back', 'sub/with-its-folder'])
    t.source.write(`/docs/${name}`, name)
  await t.backup()
  t.source.rm('/docs/comes-back')
  t.source.write('/docs/goes', 'in its last version')
  const second = await t.backup()
  t.source.rm('/docs/goes')
  t.source.write('/docs/comes-back', 'again')
  const third = await t.backup()
  t.source.rm('/docs/sub')
  await t.backup()
  expect(await deleted(t)).toEqual([
    `docs/sub/with-its-folder 19 ${third.snapshot}`,
    `docs/goes 19 ${second.snapshot}`,
  ])
  expect(await deleted(t, { limit: 1 })).toHaveLength(1)
})

it('tells of the last days only, and nothing of labels that a run does not back up', async () => {
  const t = await createTestVault()
  t.source.write('/docs/old', 'x')
  await t.backup()
  t.source.rm('/docs/old')
  await t.backup()
  t.wait(8 * DAY_MS)
  t.source.write('/docs/other', 'x')
  await t.backup()
  expect(await deleted(t)).toEqual([])
  t.source.mkdir('/pics')
  await t.backup({ sources: [{ label: Buffer.from('pics'), path: Buffer.from('/pics'), excludes: [] }] })
  expect(await deleted(t)).toEqual([])
})

async function deleted(t: TestVault, over: { limit?: number } = {}): Promise<string[]> {
  const query = { writer: WriterId.parse('0123abcd'), plan: null, withinMs: 7 * DAY_MS, limit: 20, ...over }
  const files = await deletedFiles(t.vault, query, t.env)
  return files.map(({ path, size, snapshot }) => `${Buffer.from(path)} ${size} ${snapshot}`)
}
