import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { GOLDEN, readObjects } from './test-golden-folder.ts'
import { lookAtVault } from './test-look-at-vault.ts'

/** Vaults of format 1 as Holdfast wrote them once (scripts/make-golden-vaults.ts): they must stay readable for ever. */
const PLAIN = ['plain', 'missing-index', 'damaged-pack', 'broken-snapshot', 'cut-off-put']

describe('a golden vault', () => {
  it.each(PLAIN)('"%s" is listed, restored and checked as when it was made', async (name) => {
    const folder = join(GOLDEN, name)
    const outer = readObjects(join(folder, 'vault'))
    const inner = readObjects(join(folder, 'vault', 'v1'))
    const seen = await lookAtVault({ outer, openInner: async () => inner }, undefined)
    expect(seen).toEqual(JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')))
  })

  it('holds an example of everything that the format knows', () => {
    const keys = [...readObjects(join(GOLDEN, 'plain', 'vault', 'v1')).objects.keys()]
    for (const folder of ['packs/', 'index/', 'snaps/0a0a0a0a/', 'snaps/0b0b0b0b/', 'marks/', 'writers/'])
      expect(keys.filter((key) => key.startsWith(folder)).length, folder).toBeGreaterThan(0)
    const { snapshots } = JSON.parse(readFileSync(join(GOLDEN, 'plain', 'expected.json'), 'utf8'))
    expect(new Set(snapshots.map(({ kind }: { kind: string }) => kind))).toEqual(
      new Set(['run', 'checkpoint']),
    )
  })
})
