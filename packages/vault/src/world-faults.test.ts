import { DAY_MS, HoldfastError, KeepRules, SnapshotId } from '@holdfast/domain'
import { describe, expect, it } from 'vitest'
import { prune } from './prune.ts'
import { findSnapshot } from './snapshot/read-snapshots.ts'
import { listSnapshots } from './snapshots.ts'
import { createTestVault, type TestVault } from './test-vault.ts'

describe('a source that changes under the walk', () => {
  it('is incomplete, never complete with files missing, when it is taken away in the middle', async () => {
    const t = await createTestVault()
    for (const name of ['a', 'b', 'c/d']) t.source.write(`/docs/${name}`, name)
    t.source.mkdir('/docs/c')
    // As after an unmount: the folder that was mounted upon shows, empty.
    t.source.onRead = () => {
      t.source.onRead = undefined
      t.source.rm('/docs')
      t.source.mkdir('/docs')
    }
    t.source.write('/docs/a', 'x'.repeat(200_000))
    const taken = await t.backup()
    expect(taken).toMatchObject({
      outcome: 'incomplete',
      skipped: [{ path: 'docs', reason: 'taken away or replaced while it was read' }],
    })
    const back = await t.backup()
    expect(back).toMatchObject({ outcome: 'complete', files: 0 })
  })

  it.each(['', 'short', 'as long', 'longer than what the walk saw'])(
    'takes a file as it is when it is read: %j',
    async (now) => {
      const t = await createTestVault()
      t.source.write('/docs/a', 'as seen')
      const { open } = t.source
      t.source.open = ((path) => {
        t.source.open = open
        t.source.write('/docs/a', now, { mtimeNs: 5n })
        return open(path)
      }) as typeof open
      expect(await t.backup()).toMatchObject({ outcome: 'complete' })
      expect((await t.restore()).tree.describe('/docs')).toEqual(t.source.describe('/docs'))
    },
  )

  it('is incomplete when its folder is deleted in the middle', async () => {
    const t = await createTestVault()
    t.source.write('/docs/a', 'x'.repeat(200_000))
    t.source.write('/docs/b', 'b')
    t.source.onRead = () => t.source.rm('/docs')
    expect(await t.backup()).toMatchObject({ outcome: 'incomplete', filesSkipped: 1 })
    await expect(t.backup()).rejects.toMatchObject({ code: 'SOURCE_MISSING' })
  })

  it('is incomplete when a disk that is mounted in it goes, and complete when a folder of its own does', async () => {
    for (const [dev, outcome] of [
      ['2', 'incomplete'],
      ['1', 'complete'],
    ]) {
      const t = await createTestVault()
      const lstat = t.source.lstat
      t.source.lstat = ((path: Uint8Array) => {
        const found = lstat(path)
        const below = Buffer.from(path).toString().startsWith('/docs/disk')
        return below && found !== undefined && !('problem' in found) ? { ...found, dev } : found
      }) as typeof lstat
      t.source.mkdir('/docs/disk')
      t.source.write('/docs/disk/a', 'x'.repeat(200_000))
      t.source.write('/docs/disk/b', 'b')
      t.source.onRead = () => t.source.rm('/docs/disk')
      expect(await t.backup()).toMatchObject({ outcome })
    }
  })

  it('names a file that answers an input/output error half-way, and takes the others', async () => {
    const t = await createTestVault()
    const problem = 'input/output error'
    t.source.write('/docs/bad', 'small', { problem })
    t.source.write('/docs/big', new Uint8Array(20_000_000))
    t.source.write('/docs/good', 'good')
    t.source.onRead = (path) => {
      const node = t.source.nodes.get(path)
      if (path === '/docs/big' && node !== undefined) node.problem = problem
    }
    const { outcome, skipped } = await t.backup()
    expect(outcome).toBe('incomplete')
    expect(skipped.map(({ path, reason }) => `${path}: ${reason}`).sort()).toEqual([
      `docs/bad: ${problem}`,
      `docs/big: ${problem}`,
    ])
    const { tree } = await t.restore()
    expect([...tree.nodes.keys()].sort()).toEqual(['/docs', '/docs/good'])
  })
})

describe('a clock that jumps', () => {
  it.each([
    ['a day ahead and back', DAY_MS],
    ['a day behind and back', -DAY_MS],
  ])('%s changes neither the order of snapshots nor what is restored', async (_title, jumpMs) => {
    const t = await createTestVault()
    const stamp = () => ({ mtimeNs: t.env.clock.nowNs(), ctimeNs: t.env.clock.nowNs() })
    const restored = async () => (await t.restore()).tree.describe()
    const ids: string[] = []
    const run = async (content: string, changes: { ms: number }) => {
      t.wait(changes.ms)
      t.source.write('/docs/file', content, stamp())
      t.source.write(`/docs/${content}`, content, stamp())
      ids.push((await t.backup()).snapshot)
      expect(await restored()).toEqual(t.source.describe())
    }
    await run('1', { ms: 0 })
    await run('2', { ms: jumpMs })
    await run('3', { ms: 0 })
    await run('4', { ms: -jumpMs })
    await run('5', { ms: 0 })

    const listed = await listSnapshots(t.vault, t.env)
    expect(listed.map(({ id }) => id)).toEqual([...ids].reverse())
    expect(listed.map(({ seq }) => seq)).toEqual([5, 4, 3, 2, 1])
    expect(await pruneTo(t, { last: 1 })).toContain(ids[4])
    expect((await t.check()).damaged).toEqual([])
    expect(await restored()).toEqual(t.source.describe())
  })

  it('reads files again whose time lies in the future, and trusts no time that the walk may have shared', async () => {
    const t = await createTestVault()
    t.wait(DAY_MS)
    const ahead = { mtimeNs: t.env.clock.nowNs(), ctimeNs: t.env.clock.nowNs() }
    t.source.write('/docs/ahead', 'one', ahead)
    t.wait(-DAY_MS)
    await t.backup()
    // The same size, inode and times: what only reading shows.
    const node = t.source.nodes.get('/docs/ahead')
    if (node !== undefined) node.content = Buffer.from('two')
    t.source.opened.length = 0
    await t.backup()
    expect(t.source.opened).toEqual(['/docs/ahead'])
    expect((await t.restore()).tree.describe()).toEqual(t.source.describe())
  })
})

describe('two runs of one machine at once', () => {
  it('keep a number each, under which everybody finds that run and not its rival', async () => {
    const t = await createTestVault()
    t.source.write('/docs/a', 'of the first to commit')
    let rival: Promise<{ snapshot: SnapshotId }> | undefined
    const second = t.through({
      ...t.inner,
      async put(key, body, options) {
        // When this run commits, another one that began later has just done so under the same number.
        if (key.startsWith('snaps/') && rival === undefined) {
          rival = t.backup()
          await rival
        }
        await t.inner.put(key, body, options)
      },
    })
    const late = await second.backup({ tag: 'late' })
    const early = await rival
    expect([early?.snapshot, late.snapshot]).toEqual(['0123abcd-1', '0123abcd-2'])
    const listed = await listSnapshots(t.vault, t.env)
    expect(listed.map(({ id, tag }) => `${id} ${tag}`)).toEqual(['0123abcd-2 late', '0123abcd-1 null'])
    expect((await findSnapshot(t.vault, SnapshotId.parse('0123abcd-1'), t.env)).body.tag).toBe(null)
    expect((await t.check()).damaged).toEqual([])
  })
})

describe('a prune that may not delete', () => {
  it('claims and hides nothing, and what it leaves the next prune takes along', async () => {
    const t = await createTestVault()
    for (const content of ['1', '2']) {
      t.source.write('/docs/file', content)
      await t.backup()
    }
    const before = [...t.inner.objects.keys()]
    const denied = async () => {
      throw new HoldfastError('REMOTE_DENIED', '403 Forbidden')
    }
    const narrow = t.through({ ...t.inner, delete: denied })
    await expect(pruneTo(narrow, { last: 1 })).rejects.toMatchObject({ code: 'REMOTE_DENIED' })
    const left = [...t.inner.objects.keys()].filter((key) => !before.includes(key))
    expect(left).toEqual([expect.stringMatching(/^marks\//)])
    expect(await listSnapshots(t.vault, t.env)).toHaveLength(2)
    await pruneTo(t, { last: 1 })
    expect(t.inner.objects.has(left[0] ?? '')).toBe(false)
    expect(await listSnapshots(t.vault, t.env)).toHaveLength(1)
  })
})

async function pruneTo(t: TestVault, keep: Partial<KeepRules>): Promise<string[]> {
  const request = {
    ...{ keep: KeepRules.parse(keep), machine: undefined, plan: undefined, graceMs: 0, allowLarge: true },
    ...{
      installation: '00112233aabbccdd',
      takeOver: false,
      dryRun: false,
      timeZone: 'UTC',
      known: new Map(),
    },
  }
  for await (const event of prune(t.vault, request, t.env))
    if (event.type === 'finished') return event.summary.kept.map(({ snapshot }) => snapshot)
  throw new Error('the prune did not finish')
}
