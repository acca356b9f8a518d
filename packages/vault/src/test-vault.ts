import { WriterId } from '@holdfast/domain'
import { createMemoryStore, createMemoryTree, type MemoryStore, type MemoryTree } from '@holdfast/testkit'
import { type BackupEvent, type BackupRequest, backup } from './backup.ts'
import { type CheckSummary, check, type ReadScope } from './check.ts'
import type { Cache, Clock, ObjectStore, Random } from './ports.ts'
import { type RestoreRequest, type RestoreSummary, restore } from './restore.ts'
import { createVault, type EngineEnv } from './vault/create-vault.ts'
import type { OpenedVault } from './vault/open-vault.ts'

/** A plain vault in memory with a source tree, a fake clock and seeded chance: what the engine's tests stand on. */
export type TestVault = {
  readonly vault: OpenedVault
  readonly source: MemoryTree
  readonly inner: MemoryStore
  readonly outer: MemoryStore
  readonly env: EngineEnv
  /** Moves the clock on, milliseconds. */
  wait(ms: number): void
  backup(over?: Partial<BackupRequest>): Promise<Extract<BackupEvent, { type: 'finished' }>['summary']>
  events(over?: Partial<BackupRequest>): Promise<BackupEvent[]>
  restore(over?: Partial<RestoreRequest>): Promise<{ summary: RestoreSummary; tree: MemoryTree }>
  check(read?: ReadScope): Promise<CheckSummary>
  /** The same vault seen through another store, with an empty cache unless told. */
  through(store: ObjectStore, cache?: Cache): TestVault
  /** A vault of its own with the same objects at the same time, an empty cache and the very same source. */
  fork(options?: { through?: (inner: MemoryStore) => ObjectStore; signal?: AbortSignal }): TestVault
  /** The same vault and cache over its own store, without the signal that stopped it. */
  healed(): TestVault
}

export async function createTestVault(): Promise<TestVault> {
  const outer = createMemoryStore()
  const inner = createMemoryStore()
  const random = seededRandom()
  const clock = fakeClock()
  const env = { clock, random, cache: memoryCache() }
  const vault = await createVault({ outer, openInner: async () => inner }, { kind: 'plain' }, env)
  const source = createMemoryTree()
  source.mkdir('/docs')
  return wrap({ vault, source, inner, outer, env, clock })
}

function wrap(
  parts: Omit<
    TestVault,
    'wait' | 'backup' | 'events' | 'restore' | 'check' | 'through' | 'fork' | 'healed'
  > & {
    clock: FakeClock
  },
): TestVault {
  const { vault, source, env, clock } = parts
  const request: BackupRequest = {
    writer: WriterId.parse('0123abcd'),
    installation: '00112233aabbccdd',
    machine: 'test',
    plan: null,
    tag: null,
    lastSeenSeq: 0,
    sources: [{ label: Buffer.from('docs'), path: Buffer.from('/docs'), excludes: [] }],
    dryRun: false,
  }
  async function events(over: Partial<BackupRequest> = {}): Promise<BackupEvent[]> {
    clock.advance(60_000)
    const out: BackupEvent[] = []
    for await (const event of backup(vault, { ...request, ...over }, { ...env, source, threads: 0 }))
      out.push(event)
    return out
  }
  return {
    ...parts,
    wait: clock.advance,
    events,
    async backup(over) {
      const last = (await events(over)).at(-1)
      if (last?.type !== 'finished') throw new Error('the backup did not finish')
      return last.summary
    },
    async restore(over = {}) {
      const tree = createMemoryTree()
      const work = {
        snapshot: 'latest',
        paths: [],
        conflict: 'keep-both',
        owners: true,
        dryRun: false,
        ...over,
      } as const
      for await (const event of restore(vault, work, { ...env, target: tree, threads: 0 }))
        if (event.type === 'finished') return { summary: event.summary, tree }
      throw new Error('the restore did not finish')
    },
    async check(read = { kind: 'all' }) {
      for await (const event of check(vault, { read }, { ...env, threads: 0 }))
        if (event.type === 'finished') return event.summary
      throw new Error('the check did not finish')
    },
    healed: () =>
      wrap({ ...parts, vault: { ...vault, store: parts.inner }, env: { ...env, signal: undefined } }),
    fork({ through = (store: MemoryStore): ObjectStore => store, signal } = {}) {
      const at = fakeClock(clock.nowMs())
      const copyOf = ({ objects }: MemoryStore) => {
        const copy = createMemoryStore({ nowMs: at.nowMs })
        for (const [key, object] of objects) copy.objects.set(key, object)
        return copy
      }
      const inner = copyOf(parts.inner)
      const outer = copyOf(parts.outer)
      return wrap({
        ...{ source, inner, outer, clock: at },
        vault: { ...vault, outer, store: through(inner) },
        env: { clock: at, random: seededRandom(2), cache: memoryCache(), signal },
      })
    },
    through: (store, cache = memoryCache()) =>
      wrap({ ...parts, vault: { ...vault, store }, env: { ...env, cache } }),
  }
}

/** A cache in memory that keeps what it is given. */
function memoryCache(): Cache & { readonly entries: Map<string, Uint8Array> } {
  const entries = new Map<string, Uint8Array>()
  return {
    entries,
    get: (key) => entries.get(key),
    put: (key, bytes) => void entries.set(key, Uint8Array.from(bytes)),
    keys: (folder) => [...entries.keys()].filter((key) => key.startsWith(`${folder}/`)),
    retain(folder, keep) {
      for (const key of [...entries.keys()])
        if (key.startsWith(`${folder}/`) && !keep.has(key)) entries.delete(key)
    },
  }
}

type FakeClock = Clock & { advance(ms: number): void }

/** Starts a year after the memory tree's files were made, so that nothing is racy unless a test makes it so. */
function fakeClock(startMs = 1_032_000_000_000): FakeClock {
  let nowMs = startMs
  return {
    nowMs: () => nowMs,
    nowNs: () => BigInt(nowMs) * 1_000_000n,
    advance(ms) {
      nowMs += ms
    },
  }
}

/** The same bytes in every run (a linear congruential generator). */
export function seededRandom(seed = 1): Random {
  let state = seed
  return {
    bytes(length) {
      const out = new Uint8Array(length)
      for (let i = 0; i < length; i += 1) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
        out[i] = state >>> 24
      }
      return out
    },
  }
}
