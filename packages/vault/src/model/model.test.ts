import {
  DAY_MS,
  HOUR_MS,
  HoldfastError,
  isHoldfastError,
  KeepRules,
  retentionOf,
  type SnapshotId,
  WriterId,
} from '@holdfast/domain'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ObjectStore } from '../ports.ts'
import { type PruneSummary, prune } from '../prune.ts'
import { listSnapshots } from '../snapshots.ts'
import { createTestVault, type TestVault } from '../test-vault.ts'
import { applyStep, type TreeStep, treeStep } from './test-tree-steps.ts'

/** A step of a home's life. `killAfter` calls of the store the process is gone; what it put then is cut short. */
type Step =
  | { readonly do: 'change'; readonly steps: readonly TreeStep[] }
  | { readonly do: 'backup'; readonly writer: 0 | 1; readonly killAfter: number | undefined }
  | {
      readonly do: 'prune'
      readonly rules: Partial<KeepRules>
      readonly graceMs: number
      readonly killAfter: number | undefined
    }
  | { readonly do: 'wait'; readonly hours: number }
  | { readonly do: 'restore'; readonly which: number }
  | { readonly do: 'check' }

const killAfter = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 40 }) },
)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('change' as const),
      steps: fc.array(treeStep, { minLength: 1, maxLength: 6 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('backup' as const),
      writer: fc.constantFrom(0 as const, 0 as const, 1 as const),
      killAfter,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('prune' as const),
      rules: fc.record({
        last: fc.constantFrom(1, 1, 2, 3),
        hourly: fc.constantFrom(0, 0, 2),
        daily: fc.constantFrom(0, 0, 2, 5),
        withinMs: fc.constantFrom(null, null, 3 * HOUR_MS),
      }),
      graceMs: fc.constantFrom(0, 2 * DAY_MS, 2 * DAY_MS),
      killAfter,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), hours: fc.constantFrom(1, 5, 30, 50, 100) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('restore' as const), which: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('check' as const) }) },
)

const WRITERS = [WriterId.parse('0123abcd'), WriterId.parse('89abcdef')] as const
const RUNS = { seed: 11, numRuns: 200 }

it('whatever a home does and whenever it is killed, every snapshot that is kept restores to what was backed up', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 16 }), async (steps) => {
      const home = await createHome()
      for (const one of steps) await home.live(one)
      await home.end()
    }),
    RUNS,
  )
}, 240_000)

async function createHome() {
  const t = await createTestVault()
  /** What each snapshot ever made must restore to. */
  const contents = new Map<SnapshotId, string>()
  /** Those that no prune was ever asked to forget, or that a later one brought back. */
  let sure = new Set<SnapshotId>()
  const known = new Map<WriterId, number>()
  /** Objects that a kill left cut short: nobody can tell them from damaged ones before the next run or a repair. */
  const cutShort = new Set<string>()
  const killed = (after: number | undefined) =>
    after === undefined ? t : t.through(dyingStore(t.inner, after, cutShort), t.env.cache)

  async function backUp(writer: WriterId, at: TestVault): Promise<void> {
    try {
      await at.backup({ writer, lastSeenSeq: known.get(writer) ?? 0 })
    } catch (error) {
      expectKilled(error, at, t)
    }
    for (const { id, seq, writer: of } of await listSnapshots(t.vault, t.env)) {
      if (contents.has(id)) continue
      // Also one whose run did not live to hear that it landed.
      contents.set(id, described(t.source))
      sure.add(id)
      known.set(of, Math.max(seq, known.get(of) ?? 0))
    }
  }

  async function pruneBy(rules: KeepRules, graceMs: number, at: TestVault): Promise<void> {
    const before = await listSnapshots(t.vault, t.env, { all: true })
    const entries = [...before]
      .sort((a, b) => a.writer.localeCompare(b.writer) || a.seq - b.seq)
      .map(({ id, writer, plan, time, kind }) => ({
        ...{ id, time, kind, suspect: false },
        group: `${writer} ${plan ?? ''}`,
      }))
    const options = { timeZone: 'UTC', now: new Date(t.env.clock.nowMs()) }
    const kept = retentionOf(entries, rules, options)
      .filter(({ keep }) => keep)
      .map(({ id }) => id)
    try {
      const summary = await pruned(at, { rules, graceMs, known })
      expect(summary.kept.map(({ snapshot }) => snapshot).sort()).toEqual([...kept].sort())
      const listed = (await listSnapshots(t.vault, t.env)).map(({ id }) => id)
      expect(listed.sort()).toEqual([...kept].sort())
      sure = new Set(kept)
    } catch (error) {
      if (isHoldfastError(error, 'VAULT_CHANGED')) return
      if (isHoldfastError(error, 'VAULT_DAMAGED') && cutShort.size > 0) return
      expectKilled(error, at, t)
      sure = new Set(kept.filter((id) => sure.has(id)))
    }
  }

  async function expectRestores(id: SnapshotId): Promise<void> {
    const { tree, summary } = await t.restore({ snapshot: id })
    expect(summary.skipped).toEqual([])
    // Compared as one text: megabytes are not to be printed.
    expect(described(tree) === contents.get(id), `${id} restores`).toBe(true)
  }

  async function expectSound(kind: 'none' | 'all'): Promise<void> {
    const { damaged } = await t.check({ kind })
    expect(damaged.filter(({ object }) => !cutShort.has(object))).toEqual([])
  }

  return {
    async live(one: Step): Promise<void> {
      switch (one.do) {
        case 'change':
          for (const change of one.steps) applyStep(t.source, change)
          return
        case 'wait':
          t.wait(one.hours * HOUR_MS)
          return
        case 'backup':
          return await backUp(WRITERS[one.writer], killed(one.killAfter))
        case 'prune':
          return await pruneBy(KeepRules.parse(one.rules), one.graceMs, killed(one.killAfter))
        case 'restore': {
          const id = [...sure][one.which % Math.max(1, sure.size)]
          if (id !== undefined) await expectRestores(id)
          return
        }
        case 'check':
          await expectSound('none')
      }
    },
    async end(): Promise<void> {
      await backUp(WRITERS[0], t)
      for (const id of sure) await expectRestores(id)
      await expectSound('all')
    },
  }
}

async function pruned(
  t: TestVault,
  by: { rules: KeepRules; graceMs: number; known: ReadonlyMap<WriterId, number> },
): Promise<PruneSummary> {
  const request = {
    ...{ keep: by.rules, machine: undefined, plan: undefined, installation: '00112233aabbccdd' },
    ...{ graceMs: by.graceMs, allowLarge: false, takeOver: false, dryRun: false, timeZone: 'UTC' },
    known: by.known,
  }
  for await (const event of prune(t.vault, request, t.env))
    if (event.type === 'finished') return event.summary
  throw new Error('the prune did not finish')
}

/** The store of a home whose process dies at a call. */
function dyingStore(inner: ObjectStore, after: number, cutShort: Set<string>): ObjectStore {
  let left = after
  const dead = () => new HoldfastError('REMOTE_DENIED', 'The process is gone.')
  const turn = () => {
    left -= 1
    if (left < 0) throw dead()
  }
  return {
    async put(key, body) {
      left -= 1
      // Of the call it dies in, half an object may be left, or the whole.
      if (left === -1 && after % 2 === 0) {
        cutShort.add(key)
        await inner.put(key, body.subarray(0, body.length >> 1))
      } else if (left >= -1) await inner.put(key, body)
      if (left < 0) throw dead()
    },
    async get(key, options) {
      turn()
      return await inner.get(key, options)
    },
    async stat(key) {
      turn()
      return await inner.stat(key)
    },
    async *list(folder) {
      turn()
      yield* inner.list(folder)
    },
    async delete(key) {
      turn()
      await inner.delete(key)
    },
  }
}

function expectKilled(error: unknown, at: TestVault, t: TestVault): void {
  if (at === t || !isHoldfastError(error, 'REMOTE_DENIED')) throw error
}

function described(tree: TestVault['source']): string {
  return tree.describe('/docs').join('\n')
}
