import { SnapshotId } from '@holdfast/domain'
import { describe, expect, it } from 'vitest'
import type { TargetTree } from './ports.ts'
import { previewRewind } from './preview-rewind.ts'
import { type RewindSummary, rewind } from './rewind.ts'
import { createTestVault, seededRandom, type TestVault } from './test-vault.ts'

describe('going back in place', () => {
  it('makes the tree what it was, whatever came in between', async () => {
    const t = await vaultWithTree()
    const then = await t.backup()
    const before = t.source.describe('/docs')
    migrateBadly(t)
    const summary = await goBack(t, then.snapshot, await t.backup())
    expect(t.source.describe('/docs')).toEqual(before)
    expect(summary).toMatchObject({ verified: true, skipped: [], unchanged: 3 })
    expect(summary.removed).toBe(6)
  })

  it('previews what it then does and touches nothing', async () => {
    const t = await vaultWithTree()
    const then = await t.backup()
    migrateBadly(t)
    const migrated = t.source.describe('/docs')
    const signal = new AbortController().signal
    const sources = [{ label: Buffer.from('docs'), path: Buffer.from('/docs'), excludes: [] }]
    const request = { snapshot: SnapshotId.parse(then.snapshot), sources, owners: false, examples: 1 }
    const preview = await previewRewind(t.vault, request, { ...t.env, source: t.source, signal })
    expect(preview).toMatchObject({
      added: { entries: 4 },
      changed: { entries: 5 },
      removed: { entries: 5, bytes: 6 },
      examples: [
        { path: 'docs/changed', change: 'changed' },
        { path: 'docs/deleted', change: 'added' },
        { path: 'docs/dir-then/new', change: 'removed' },
      ],
      untouched: [],
    })
    expect(t.source.describe('/docs')).toEqual(migrated)
  })

  it('leaves what the plan leaves out, what changed after the snapshot of now, and other sources', async () => {
    const t = await vaultWithTree()
    const then = await t.backup()
    const excludes = ['cache/', '*.tmp']
    t.source.mkdir('/docs/new')
    t.source.mkdir('/docs/new/cache')
    t.source.write('/docs/new/cache/left-out', 'left out')
    t.source.write('/docs/x.tmp', 'left out')
    t.source.write('/docs/later', 'one')
    t.source.write('/docs/changed', 'once')
    t.source.mkdir('/other')
    t.source.write('/other/file', 'of a source that came later')
    const now = await t.backup({
      sources: [
        { label: Buffer.from('docs'), path: Buffer.from('/docs'), excludes },
        { label: Buffer.from('other'), path: Buffer.from('/other'), excludes: [] },
      ],
    })
    t.source.write('/docs/later', 'changed after the snapshot of now')
    t.source.write('/docs/changed', 'twice, which nobody has a copy of')
    const summary = await goBack(t, then.snapshot, now)
    expect(t.source.nodes.has('/other/file')).toBe(true)
    const left = t.source.describe('/docs').map((line) => line.split(' ')[0])
    expect(left).toEqual(expect.arrayContaining(['/new/cache/left-out', '/x.tmp', '/later']))
    expect(Buffer.from(t.source.nodes.get('/docs/changed')?.content ?? '').toString()).toMatch(/^twice/)
    expect(summary.skipped.map(({ path }) => path).sort()).toEqual(['docs/changed', 'docs/later'])
  })

  it('touches nothing when a list of either snapshot is damaged', async () => {
    const t = await vaultWithTree()
    const then = await t.backup()
    migrateBadly(t)
    const now = await t.backup()
    const migrated = t.source.describe('/docs')
    const fresh = t.through({
      ...t.inner,
      get: async (key, options) => {
        const bytes = await t.inner.get(key, options)
        return key.startsWith('packs/') ? bytes.map((byte) => byte ^ 1) : bytes
      },
    })
    await expect(goBack(fresh, then.snapshot, now)).rejects.toMatchObject({ code: 'VAULT_DAMAGED' })
    expect(t.source.describe('/docs')).toEqual(migrated)
  })
})

/** Files, folders, links and hardlinks that a bad migration can spoil in every way. */
async function vaultWithTree(): Promise<TestVault> {
  const t = await createTestVault()
  const { source } = t
  source.write('/docs/same', 'same')
  source.write('/docs/changed', 'as it was')
  source.write('/docs/deleted', seededRandom(3).bytes(300_000))
  source.write('/docs/mode', 'mode', { mode: 0o640 })
  source.symlink('/docs/link', 'same')
  source.mkdir('/docs/dir-then')
  source.write('/docs/dir-then/a', 'a')
  source.write('/docs/file-then', 'file')
  source.mkdir('/docs/gone')
  source.write('/docs/gone/b', 'b')
  source.write('/docs/twin-1', 'twins')
  source.link('/docs/twin-2', '/docs/twin-1')
  source.write('/docs/quiet', 'unchanged')
  return t
}

function migrateBadly({ source }: TestVault): void {
  source.write('/docs/changed', 'spoiled')
  source.rm('/docs/deleted')
  const mode = source.nodes.get('/docs/mode')
  if (mode !== undefined) Object.assign(mode, { mode: 0o777, ctimeNs: mode.ctimeNs + 1_000_000_000_000_000n })
  source.rm('/docs/link')
  source.symlink('/docs/link', 'elsewhere')
  source.rm('/docs/dir-then/a')
  source.write('/docs/dir-then/new', 'new')
  source.rm('/docs/file-then')
  source.mkdir('/docs/file-then')
  source.write('/docs/file-then/c', 'c')
  source.rm('/docs/gone')
  source.mkdir('/docs/made')
  source.mkdir('/docs/made/deeper')
  source.write('/docs/made/deeper/d', 'dd')
  source.rm('/docs/twin-2')
  source.write('/docs/twin-2', 'no twin')
}

async function goBack(t: TestVault, then: string, now: { snapshot: string }): Promise<RewindSummary> {
  // The memory tree shows relative paths below its root, as a placed tree shows labels.
  const target: TargetTree = t.source
  const request = { snapshot: SnapshotId.parse(then), now: SnapshotId.parse(now.snapshot), owners: false }
  for await (const event of rewind(t.vault, request, { ...t.env, target, threads: 0 }))
    if (event.type === 'finished') return event.summary
  throw new Error('it did not finish')
}
