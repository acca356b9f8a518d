import { createMemoryTree, type MemoryTree } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { type RestoreSummary, restore } from '../restore.ts'
import { createTestVault, type TestVault } from '../test-vault.ts'
import { eachFault, type FaultCase, misfit } from './test-each-fault.ts'
import { changeTree, createSmallTree, difference, pictureOf } from './test-small-tree.ts'

describe('a restore that meets any fault at any store call', () => {
  it('leaves no wrong byte in the target, and says what it could not restore', async () => {
    const made = await createTestVault()
    createSmallTree(made.source)
    await made.backup()
    const first = pictureOf(made.source)
    changeTree(made.source)
    await made.backup()
    const second = pictureOf(made.source)

    let target = createMemoryTree()
    const problemOf = (found: FaultCase<Restored>): string | undefined => {
      const { ended } = found
      // It says so when the newest snapshot could not be read and this is the one before.
      const isOlder =
        ended.kind === 'finished' && ended.value.warnings.some((text) => text.startsWith('A newer'))
      const wanted = isOlder ? first : second
      const claimsAll = ended.kind === 'finished' && ended.value.verified && ended.value.skipped.length === 0
      const wrong = difference(pictureOf(target), wanted, { partly: !claimsAll })
      if (wrong !== undefined) return `${wrong} is not what it should be`
      const named = ended.kind === 'finished' ? ended.value.skipped.map(({ path }) => `/${path}`) : []
      const missing = [...wanted.keys()].filter((path) => !target.nodes.has(path))
      const unnamed = missing.filter(
        (path) => !named.some((one) => path === one || path.startsWith(`${one}/`)),
      )
      if (ended.kind === 'finished' && unnamed.length > 0) return `nobody says that ${unnamed} is missing`
      // A listing that shows nothing can't be told from a vault without snapshots.
      const lost = found.fault.kind === 'vanish' || found.fault.kind === 'flip' ? ['SNAPSHOT_UNKNOWN'] : []
      return misfit(found, lost)
    }
    const wrong: string[] = []
    const run = async (t: TestVault) => {
      target = createMemoryTree()
      return await restoreInto(t, target)
    }
    const cases = await eachFault(made, run, async (found) => {
      const problem = problemOf(found)
      if (problem !== undefined) wrong.push(`${found.where}\n   ${problem}`)
    })
    expect(wrong.join('\n')).toBe('')
    expect(cases).toBeGreaterThan(100)
  })
})

type Restored = RestoreSummary & { readonly warnings: readonly string[] }

async function restoreInto(t: TestVault, target: MemoryTree): Promise<Restored> {
  const rest = { paths: [], conflict: 'keep-both', owners: true, dryRun: false } as const
  const request = { snapshot: 'latest', ...rest } as const
  const warnings: string[] = []
  for await (const event of restore(t.vault, request, { ...t.env, target, threads: 0 })) {
    if (event.type === 'log') warnings.push(event.text)
    if (event.type === 'finished') return { ...event.summary, warnings }
  }
  throw new Error('the restore did not finish')
}
