import { type BackupSummary, KeepRules, type SnapshotId } from '@holdfast/domain'
import { createFaultyStore } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { prune } from '../prune.ts'
import { listSnapshots } from '../snapshots.ts'
import { createTestVault, seededRandom, type TestVault } from '../test-vault.ts'
import { eachFault, type FaultCase, misfit } from './test-each-fault.ts'
import {
  changeTree,
  createJudge,
  createSmallTree,
  type Picture,
  pictureOf,
  problemOfVault,
} from './test-small-tree.ts'

describe('a backup that meets any fault at any store call', () => {
  it('for the first time: leaves nothing or a whole snapshot, and the next run succeeds', async () => {
    const made = await createTestVault()
    createSmallTree(made.source)
    await sweep(made, new Map())
  })

  it('for the second time: takes nothing away from the first, and the next run succeeds', async () => {
    const made = await createTestVault()
    createSmallTree(made.source)
    const { snapshot } = await made.backup()
    const first = pictureOf(made.source)
    changeTree(made.source)
    await sweep(made, new Map([[snapshot, first]]))
  })

  it('after a prune, with content that comes back: builds on nothing that was deleted', async () => {
    const { made, before } = await contentComesBack()
    await sweep(made, before)
  })

  it('does not build on what was deleted when the mark that says so is damaged for good', async () => {
    const { made } = await contentComesBack()
    for (const [key, object] of [...made.inner.objects])
      if (key.startsWith('marks/'))
        made.inner.objects.set(key, { ...object, bytes: object.bytes.subarray(1) })
    const fresh = made.through(made.inner)
    await fresh.backup()
    const { tree, summary } = await fresh.restore()
    expect(summary).toMatchObject({ verified: true, skipped: [] })
    expect(tree.describe('/docs')).toEqual(made.source.describe('/docs'))
  })
})

/**
 * A snapshot names a pack that is deleted: it took over what a cut-off run had stored, and a prune copied the little
 * that it needs out of that pack. The rest of the pack's content is back in the source now.
 */
async function contentComesBack(): Promise<{ made: TestVault; before: Map<SnapshotId, Picture> }> {
  const made = await createTestVault()
  made.source.write('/docs/kept', seededRandom(3).bytes(1000))
  made.source.write('/docs/back', seededRandom(4).bytes(9000))
  const cutOff = createFaultyStore(made.inner, ({ method, key }) =>
    method === 'put' && key.startsWith('snaps/') ? { kind: 'error-before' } : undefined,
  )
  await expect(made.through(cutOff, made.env.cache).backup()).rejects.toThrow('Scripted fault')
  const back = made.source.nodes.get('/docs/back')
  made.source.rm('/docs/back')
  const { snapshot } = await made.backup()
  const before = new Map([[snapshot, pictureOf(made.source)]])
  const request = {
    keep: KeepRules.parse({ last: 1 }),
    ...{ machine: undefined, plan: undefined, installation: '00112233aabbccdd', graceMs: 0 },
    ...{ allowLarge: false, takeOver: false, dryRun: false, timeZone: 'UTC', known: new Map() },
  }
  const events = await Array.fromAsync(prune(made.vault, request, made.env))
  expect(events.at(-1)).toMatchObject({ summary: { copied: { packs: 1 }, deleted: { packs: 2 } } })
  if (back !== undefined) made.source.nodes.set('/docs/back', back)
  return { made, before }
}

/** Of what the vault holds `before` nothing may be lost; the source is as it is. */
async function sweep(made: TestVault, before: ReadonlyMap<SnapshotId, Picture>): Promise<void> {
  const now = pictureOf(made.source)
  const lastSeenSeq = Math.max(0, ...[...before.keys()].map((id) => Number(id.split('-')[1])))
  const afterwards = createJudge(async (t) => {
    const ids = (await listSnapshots(t.vault, t.env)).map(({ id }) => id)
    const expected = new Map([...ids.map((id) => [id, now] as const), ...before])
    const next = await t.backup()
    expected.set(next.snapshot, now)
    return await problemOfVault(t, expected)
  })
  const wrong: string[] = []
  const cases = await eachFault(
    made,
    (t) => t.backup({ lastSeenSeq }),
    async (found) => {
      const problem = misfit(found) ?? (await lostCommit(found)) ?? (await afterwards(found.t))
      if (problem !== undefined) wrong.push(`${found.where}\n   ${problem}`)
    },
  )
  expect(wrong.join('\n')).toBe('')
  expect(cases).toBeGreaterThan(100)
}

async function lostCommit({ t, ended, fault }: FaultCase<BackupSummary>): Promise<string | undefined> {
  // A backup needs no more than to create and to read.
  if (ended.kind === 'failed' && fault.kind === 'denied') return 'it needs to delete or to overwrite'
  if (ended.kind === 'failed') return undefined
  const ids = (await listSnapshots(t.vault, t.env)).map(({ id }) => id)
  return ids.includes(ended.value.snapshot) ? undefined : 'its snapshot is not there'
}
