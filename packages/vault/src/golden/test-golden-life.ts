import { DAY_MS, HOUR_MS, HoldfastError, KeepRules, MINUTE_MS, WriterId } from '@holdfast/domain'
import { createMemoryStore, createMemoryTree, type MemoryStore, type MemoryTree } from '@holdfast/testkit'
import { type BackupRequest, backup } from '../backup.ts'
import type { Clock, ObjectStore } from '../ports.ts'
import { prune } from '../prune.ts'
import { seededRandom } from '../test-vault.ts'
import { createVault, type EngineEnv } from '../vault/create-vault.ts'
import type { CryptPasswords } from '../vault/keys.ts'
import { treeListing } from './test-tree-listing.ts'

/** A vault that was lived in, in memory, and what each of its snapshots must restore to. */
export type GoldenLife = {
  readonly outer: MemoryStore
  /** Rooted at v1/, as the engine sees it. */
  readonly inner: MemoryStore
  /** What the inner objects are encrypted with. */
  readonly passwords: CryptPasswords | undefined
  /** Listings by snapshot, also of those that were deleted since. */
  readonly snapshots: ReadonlyMap<string, readonly string[]>
}

const INSTALLATION = '00112233aabbccdd'
const A = WriterId.parse('0a0a0a0a')
const B = WriterId.parse('0b0b0b0b')

type Home = GoldenLife & {
  readonly source: MemoryTree
  wait(ms: number): void
  backup(over?: Partial<BackupRequest>): Promise<void>
  /** A run that ends when so many snapshots have been put. */
  cutOff(snapshots: number): Promise<void>
  prune(rules: Partial<KeepRules>): Promise<void>
}

/**
 * The life of the good vaults: two machines, few and many files (rows in the snapshot, rows in an index object), a file
 * of several pieces, a sparse one, odd names, hardlinks, symlinks, a fifo; a checkpoint of a run that was cut off; a
 * prune that deleted and one that only marked. The same bytes each time.
 */
export async function liveGoldenLife(passphrase: string | undefined): Promise<GoldenLife> {
  const home = await moveIn(passphrase)
  const { source } = home
  oddTree(source)
  await home.backup({ tag: 'first' })
  source.write('/docs/hello.txt', 'hello again')
  await home.backup()
  for (let i = 0; i < 850; i += 1) source.write(`/docs/many/${i}`, `file number ${i}\n`)
  await home.backup()
  source.write('/docs/other machine.txt', 'other')
  await home.backup({ writer: B, machine: 'other' })
  await cutOffAfterCheckpoint(home, 'changed')
  await home.backup()
  await home.prune({ last: 3 })
  home.wait(3 * DAY_MS)
  source.rm('/docs/big.txt')
  await home.backup()
  await home.prune({ last: 3 })
  source.write('/docs/last.txt', 'the last one')
  await home.backup({ writer: B, machine: 'other' })
  await home.backup()
  await home.prune({ last: 2 })
  await cutOffAfterCheckpoint(home, 'changed again')
  return home
}

/** A run that takes so long that it makes a checkpoint, and is cut off before its end. */
async function cutOffAfterCheckpoint(home: Home, text: string): Promise<void> {
  const { source } = home
  for (let i = 0; i < 320; i += 1) source.write(`/docs/many/${i}`, `file number ${i}, ${text}\n`)
  let reads = 0
  source.onRead = () => {
    reads += 1
    if (reads === 260) home.wait(31 * MINUTE_MS)
  }
  await home.cutOff(1)
  source.onRead = undefined
}

/** A smaller vault for the damaged ones; with more than 800 files it has an index object. */
export async function liveSmallLife(files: number): Promise<GoldenLife> {
  const home = await moveIn(undefined)
  const { source } = home
  source.mkdir('/docs')
  source.mkdir('/docs/sub')
  source.write('/docs/a.txt', 'a'.repeat(3000))
  for (let i = 0; i < files; i += 1) source.write(`/docs/sub/${i}`, `file ${i}\n`)
  await home.backup()
  source.write('/docs/b.txt', 'b'.repeat(2000))
  await home.backup()
  source.write('/docs/c.txt', 'c'.repeat(1000))
  await home.backup()
  return home
}

async function moveIn(passphrase: string | undefined): Promise<Home> {
  let nowMs = Date.UTC(2026, 2, 1, 8)
  const clock: Clock = { nowMs: () => nowMs, nowNs: () => BigInt(nowMs) * 1_000_000n }
  const [outer, inner] = [createMemoryStore(clock), createMemoryStore(clock)]
  const env: EngineEnv = { clock, random: seededRandom(2026), cache: createCache() }
  let passwords: CryptPasswords | undefined
  const vault = await createVault(
    {
      outer,
      async openInner(given) {
        passwords = given
        return inner
      },
    },
    passphrase === undefined ? { kind: 'plain' } : { kind: 'passphrase', passphrase },
    env,
  )
  const source = createMemoryTree({ startNs: 1_700_000_000_000_000_000n })
  const snapshots = new Map<string, readonly string[]>()
  const request: BackupRequest = {
    ...{ writer: A, installation: INSTALLATION, machine: 'desk', plan: null, tag: null, lastSeenSeq: 0 },
    sources: [{ label: Buffer.from('docs'), path: Buffer.from('/docs'), excludes: [] }],
    dryRun: false,
  }

  async function run(store: ObjectStore, over: Partial<BackupRequest>): Promise<void> {
    nowMs += HOUR_MS
    const made = backup({ ...vault, store }, { ...request, ...over }, { ...env, source, threads: 0 })
    for await (const event of made)
      if (event.type === 'finished') snapshots.set(event.summary.snapshot, treeListing(source, '/docs'))
  }

  return {
    ...{ outer, inner, passwords, snapshots, source },
    wait(ms) {
      nowMs += ms
    },
    backup: (over = {}) => run(vault.store, over),
    async cutOff(passes) {
      let put = 0
      const cut = new HoldfastError('REMOTE_DENIED', 'The line is cut.')
      const store: ObjectStore = {
        ...vault.store,
        async put(key, body) {
          if (key.startsWith('snaps/')) put += 1
          if (put > passes) throw cut
          await vault.store.put(key, body)
        },
      }
      const error = await run(store, {}).catch((thrown: unknown) => thrown)
      if (error !== cut) throw new Error('the run was not cut off', { cause: error })
    },
    async prune(rules) {
      nowMs += HOUR_MS
      const events = prune(
        vault,
        {
          ...{ keep: KeepRules.parse(rules), machine: undefined, plan: undefined },
          ...{ installation: INSTALLATION, graceMs: 2 * DAY_MS, allowLarge: false, takeOver: false },
          ...{ dryRun: false, timeZone: 'UTC', known: new Map() },
        },
        env,
      )
      for await (const _ of events); // its end is what counts
    },
  }
}

function oddTree(source: MemoryTree): void {
  source.mkdir('/docs')
  source.write('/docs/hello.txt', 'hello', { mode: 0o4755, mtimeNs: -86_399_123_456_000n })
  source.write('/docs/empty', '')
  source.mkdir('/docs/empty folder', { mode: 0o1700 })
  source.write('/docs/b\xc3\xa4r.txt', 'a name in UTF-8')
  source.write('/docs/odd \xff\xfe\n"\\name', 'a name that is no text')
  source.write(`/docs/${'long '.repeat(40)}`, 'a name for PAX')
  source.mkdir('/docs/many')
  source.write('/docs/many-more', 'sorts after everything in many')
  source.link('/docs/many/again.txt', '/docs/many-more')
  source.symlink('/docs/dangling', '../no\xffwhere')
  source.node('/docs/pipe', 'fifo')
  const big = words(3, 110_000)
  source.write('/docs/big.txt', big, { mtimeNs: 1_709_294_400_123_456_789n })
  source.write('/docs/copy of a part.txt', big.subarray(0, 540_000))
  const disk = Buffer.alloc(3 * 1024 * 1024 + 17)
  disk.set(words(4, 9000), 0)
  disk.set(words(5, 9000), 2 * 1024 * 1024 + 5)
  source.write('/docs/disk.img', disk, { sparse: true })
  source.write('/docs/zeros', new Uint8Array(200_000), { sparse: true })
}

/** Text that shrinks well and never repeats for long. */
function words(seed: number, count: number): Uint8Array {
  const chosen = seededRandom(seed).bytes(count)
  return Buffer.from(Array.from(chosen, (byte) => WORDS[byte & 15]).join(' '))
}

const WORDS =
  'vault pack piece frame leaf line snapshot writer claim mark index grace home remote machine hour'.split(
    ' ',
  )

function createCache(): EngineEnv['cache'] {
  const entries = new Map<string, Uint8Array>()
  return {
    get: (key) => entries.get(key),
    put: (key, bytes) => void entries.set(key, Uint8Array.from(bytes)),
    keys: (folder) => [...entries.keys()].filter((key) => key.startsWith(`${folder}/`)),
    retain(folder, keep) {
      for (const key of [...entries.keys()])
        if (key.startsWith(`${folder}/`) && !keep.has(key)) entries.delete(key)
    },
  }
}
