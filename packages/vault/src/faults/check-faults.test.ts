import { describe, expect, it } from 'vitest'
import type { CheckSummary, ReadScope } from '../check.ts'
import { createTestVault, type TestVault } from '../test-vault.ts'
import { eachFault, type FaultCase, misfit } from './test-each-fault.ts'
import { changeTree, createSmallTree } from './test-small-tree.ts'

const SCOPES: readonly ReadScope[] = [{ kind: 'none' }, { kind: 'all' }]

describe('a check that meets any fault at any store call', () => {
  it.each(SCOPES)('of a sound vault, reading $kind: ends in words, and changes nothing', async (scope) => {
    const made = await twoSnapshots()
    await sweep(made, scope, async ({ t, ended, fault }) => {
      if ([...t.inner.objects.keys()].join() !== [...made.inner.objects.keys()].join())
        return 'it changed the vault'
      const harmless = fault.kind === 'slow' || fault.kind === 'duplicate'
      if (ended.kind === 'finished' && harmless && !ended.value.ok) return 'it found damage where none is'
      return undefined
    })
  })

  it('of a damaged vault, reading all: never calls it sound, unless a listing hides it', async () => {
    const made = await twoSnapshots()
    const key = [...made.inner.objects.keys()].find((one) => one.startsWith('packs/')) ?? ''
    const object = made.inner.objects.get(key)
    if (object === undefined) throw new Error('there is no pack')
    const bytes = Uint8Array.from(object.bytes)
    bytes[20] = (bytes[20] ?? 0) ^ 4
    made.inner.objects.set(key, { ...object, bytes })
    expect(await made.check()).toMatchObject({ ok: false })
    await sweep(made, { kind: 'all' }, async ({ ended, fault, lasting, struck }) => {
      const hides = struck.key === 'snaps' || (fault.kind === 'vanish' && lasting)
      return ended.kind === 'finished' && ended.value.ok && !hides
        ? 'it calls a damaged vault sound'
        : undefined
    })
  })
})

async function sweep(
  made: TestVault,
  scope: ReadScope,
  problemOf: (found: FaultCase<CheckSummary>) => Promise<string | undefined>,
): Promise<void> {
  const wrong: string[] = []
  const cases = await eachFault(
    made,
    (t) => t.check(scope),
    async (found) => {
      const problem = (await problemOf(found)) ?? misfit(found)
      if (problem !== undefined) wrong.push(`${found.where}\n   ${problem}`)
    },
  )
  expect(wrong.join('\n')).toBe('')
  expect(cases).toBeGreaterThan(50)
}

async function twoSnapshots(): Promise<TestVault> {
  const made = await createTestVault()
  createSmallTree(made.source)
  await made.backup()
  changeTree(made.source)
  await made.backup()
  return made
}
