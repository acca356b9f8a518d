import { createMemoryStore, createMemoryTree, type MemoryStore, type MemoryTree } from '@holdfast/testkit'
import { type CheckSummary, check } from './check.ts'
import { type CopyRequest, type CopySummary, copyVault } from './copy-vault.ts'
import type { ObjectCarrier } from './ports.ts'
import { restore } from './restore.ts'
import { listSnapshots, type SnapshotInfo } from './snapshots.ts'
import { seededRandom, type TestVault } from './test-vault.ts'
import { NO_CACHE } from './vault/no-cache.ts'
import { type OpenedVault, openVault } from './vault/open-vault.ts'

/** A place for a second copy in memory, and a carrier to it that can be made to fail. */
export type TestCopy = {
  readonly outer: MemoryStore
  readonly inner: MemoryStore
  /** How often something was carried or deleted there. */
  readonly steps: () => number
  run(over?: Partial<CopyRequest>): Promise<CopySummary>
  /** The copy as a vault, opened from what lies there. */
  asVault(): Promise<CopyAsVault>
}

export type CopyAsVault = {
  readonly vault: OpenedVault
  snapshots(): Promise<SnapshotInfo[]>
  check(): Promise<CheckSummary>
  restore(snapshot: SnapshotInfo['id']): Promise<MemoryTree>
}

/**
 * `before` is told of each object before it is carried (or deleted), and may throw to cut the copy off there; `cut`
 * leaves half of that object behind.
 */
export function createTestCopy(
  from: TestVault,
  options: { before?: (step: number, key: string) => 'go' | 'stop' | 'cut'; place?: TestCopy } = {},
): TestCopy {
  const outer = options.place?.outer ?? createMemoryStore()
  const inner = options.place?.inner ?? createMemoryStore()
  let steps = 0
  const next = (key: string) => {
    steps += 1
    return options.before?.(steps, key) ?? 'go'
  }
  const carrier: ObjectCarrier = {
    carry: async (root, key, { signal } = {}) => {
      const [source, target] = root === 'inner' ? [from.inner, inner] : [from.outer, outer]
      const bytes = await source.get(key, { signal })
      const what = next(key)
      if (what === 'cut') await target.put(key, bytes.subarray(0, bytes.length >> 1), { signal })
      if (what !== 'go') throw new Error(`cut off at ${key}`)
      await target.put(key, bytes, { signal })
    },
  }
  const deleting = (store: MemoryStore): MemoryStore => ({
    ...store,
    delete: async (key, call) => {
      if (next(key) !== 'go') throw new Error(`cut off deleting ${key}`)
      await store.delete(key, call)
    },
  })
  return {
    outer,
    inner,
    steps: () => steps,
    async run(over = {}) {
      const request = { dryRun: false, check: true, allowLarge: false, known: new Map(), ...over }
      const place = { outer: deleting(outer), store: deleting(inner) }
      for await (const event of copyVault(from.vault, place, request, { ...from.env, carrier }))
        if (event.type === 'finished') return event.summary
      throw new Error('the copy did not finish')
    },
    async asVault() {
      const env = { ...from.env, random: seededRandom(9), cache: NO_CACHE }
      const vault = await openVault({ outer, openInner: async () => inner }, { kind: 'none' }, env)
      return {
        vault,
        snapshots: () => listSnapshots(vault, env, { all: true }),
        async check() {
          for await (const event of check(vault, { read: { kind: 'all' } }, { ...env, threads: 0 }))
            if (event.type === 'finished') return event.summary
          throw new Error('the check did not finish')
        },
        async restore(snapshot) {
          const target = createMemoryTree()
          const work = { snapshot, paths: [], conflict: 'keep-both', owners: true, dryRun: false } as const
          for await (const event of restore(vault, work, { ...env, target, threads: 0 }))
            if (event.type === 'finished' && event.summary.skipped.length > 0)
              throw new Error('not all restored')
          return target
        },
      }
    },
  }
}
