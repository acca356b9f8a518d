import { DAY_MS, KeepRules, type SnapshotId } from '@holdfast/domain'
import { describe, expect, it } from 'vitest'
import { type PruneSummary, prune } from '../prune.ts'
import { listSnapshots } from '../snapshots.ts'
import { createTestVault, seededRandom, type TestVault } from '../test-vault.ts'
import { eachFault, misfit } from './test-each-fault.ts'
import { createJudge, createSmallTree, type Picture, pictureOf, problemOfVault } from './test-small-tree.ts'

describe('a prune that meets any fault at any store call', () => {
  it('while it marks and copies: takes nothing away, and the next one succeeds', async () => {
    const { made, pictures } = await fourDays()
    await sweep(made, pictures, DAY_MS)
  })

  it('while it deletes: keeps what the rules keep, and the next one succeeds', async () => {
    const { made, pictures } = await fourDays()
    await pruned(made, DAY_MS)
    made.wait(2 * DAY_MS)
    await sweep(made, pictures, DAY_MS)
  })

  it('that deletes at once: keeps what the rules keep, and the next one succeeds', async () => {
    const { made, pictures } = await fourDays()
    await sweep(made, pictures, 0)
  })
})

type Pictures = ReadonlyMap<SnapshotId, Picture>

async function sweep(made: TestVault, pictures: Pictures, graceMs: number): Promise<void> {
  const afterwards = createJudge((t) => problemAfter(t, pictures))
  const wrong: string[] = []
  const cases = await eachFault(
    made,
    (t) => pruned(t, graceMs),
    async (found) => {
      // A snapshot that a listing hid at first looks as if it came meanwhile.
      const problem = misfit(found, ['VAULT_CHANGED']) ?? (await afterwards(found.t))
      if (problem !== undefined) wrong.push(`${found.where}\n   ${problem}`)
    },
  )
  expect(wrong.join('\n')).toBe('')
  expect(cases).toBeGreaterThan(100)
}

async function problemAfter(t: TestVault, pictures: Pictures): Promise<string | undefined> {
  const ids = (await listSnapshots(t.vault, t.env)).map(({ id }) => id)
  const kept = [...pictures.keys()].slice(-2)
  const lost = kept.filter((id) => !ids.includes(id))
  if (lost.length > 0) return `${lost} is gone`
  const before = await problemOfVault(t, only(pictures, ids))
  if (before !== undefined) return `after it, ${before}`

  t.wait(2 * DAY_MS)
  try {
    await pruned(t, 0)
  } catch (error) {
    return `the next one ended with ${String(error)}`
  }
  const after = await problemOfVault(t, only(pictures, kept))
  return after === undefined ? undefined : `after the next one, ${after}`
}

function only(pictures: Pictures, ids: readonly SnapshotId[]): Pictures {
  return new Map([...pictures].filter(([id]) => ids.includes(id)))
}

/** Four snapshots of which two go; a pack of the kept ones is mostly dead then, and is copied out of. */
async function fourDays(): Promise<{ made: TestVault; pictures: Pictures }> {
  const made = await createTestVault()
  createSmallTree(made.source, { big: false })
  for (const name of ['one', 'two', 'three', 'four'])
    made.source.write(`/docs/${name}`, seededRandom(name.length).bytes(3000))
  const pictures = new Map<SnapshotId, Picture>()
  for (let day = 0; day < 4; day += 1) {
    made.source.write('/docs/changing', seededRandom(day).bytes(2000))
    if (day === 1) for (const name of ['one', 'two', 'three']) made.source.rm(`/docs/${name}`)
    const { snapshot } = await made.backup()
    pictures.set(snapshot, pictureOf(made.source))
    made.wait(DAY_MS)
  }
  return { made, pictures }
}

async function pruned(t: TestVault, graceMs: number): Promise<PruneSummary> {
  const request = {
    keep: KeepRules.parse({ last: 2 }),
    ...{ machine: undefined, plan: undefined, installation: '00112233aabbccdd', graceMs },
    ...{ allowLarge: false, takeOver: false, dryRun: false, timeZone: 'UTC', known: new Map() },
  }
  for await (const event of prune(t.vault, request, t.env))
    if (event.type === 'finished') return event.summary
  throw new Error('the prune did not finish')
}
