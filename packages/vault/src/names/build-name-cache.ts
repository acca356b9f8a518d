import { createHash } from 'node:crypto'
import { HoldfastError, isHoldfastError } from '@holdfast/domain'
import { breathe } from '../scan/breathe.ts'
import { foldedPath } from '../scan/name-pattern.ts'
import { distinctLeaves, type HeldLeaf } from '../snapshot/distinct-leaves.ts'
import { linesOf } from '../snapshot/entry-at.ts'
import { createLeafReader } from '../snapshot/leaf.ts'
import { pathOfLine } from '../snapshot/manifest-line.ts'
import { readSnapshots } from '../snapshot/read-snapshots.ts'
import type { Snapshot } from '../snapshot/snapshot-format.ts'
import type { EngineEnv } from '../vault/create-vault.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { type LeafNames, namesFolder, namesText, readNameShard, writeNameShard } from './name-shard.ts'

/** `leaves` are known now, of which `added` were read for it; `bytes` is what the cache takes. */
export type NameCacheSummary = { readonly leaves: number; readonly added: number; readonly bytes: number }

const SHARD_BYTES = 16 * 1024 * 1024
const SMALL_BYTES = SHARD_BYTES / 4
const SMALL_AT_MOST = 8
const READ_AHEAD = 4

/**
 * Brings the local cache of names up to the snapshots of the vault: parts that it knows stay, new ones are read, what
 * no snapshot holds any more goes. Disposable: without it, or with a damaged one, `findEntries` answers the same, only
 * slower. Lets other work go on between parts. A part of the vault that is damaged is left out. Rejects with CANCELLED
 * or REMOTE_*; what was done until then is kept for the next time.
 */
export async function buildNameCache(vault: OpenedVault, env: EngineEnv): Promise<NameCacheSummary> {
  const folder = namesFolder(vault)
  const { signal = new AbortController().signal } = env
  const { snapshots } = await readSnapshots(vault, env)
  const held = new Map(
    distinctLeaves(snapshots.filter(({ body }) => body.kind === 'run')).map((one) => [one.leaf[2], one]),
  )
  const shards = createShards(folder, env)
  const known = await keepKnown(shards, held, { folder, env, signal })
  const missing = [...held.values()].filter(({ leaf }) => !known.has(leaf[2]))
  const reader = createLeafReader(vault, env)
  let added = 0
  for (let i = 0; i < missing.length; i += READ_AHEAD) {
    const batch = missing.slice(i, i + READ_AHEAD)
    for (const names of await Promise.all(batch.map((one) => namesOf(one)))) {
      if (names === undefined) continue
      shards.add(names)
      added += 1
    }
    await breathe(signal)
  }
  shards.flush()
  env.cache.retain(folder, shards.keys)
  return { leaves: known.size + added, added, bytes: shards.bytes() }

  async function namesOf({ leaf, holders }: HeldLeaf): Promise<LeafNames | undefined> {
    try {
      const lines = await reader.read(holders[0] as Snapshot, leaf)
      const folded: string[] = []
      for (const line of linesOf(lines)) folded.push(foldedPath(pathOfLine(line)))
      return { id: leaf[2], text: namesText(folded) }
    } catch (error) {
      if (error instanceof HoldfastError && DAMAGE.some((code) => isHoldfastError(error, code)))
        return undefined // a search reads it itself, and says what it could not
      throw error
    }
  }
}

const DAMAGE = ['VAULT_DAMAGED', 'OBJECT_MISSING', 'REMOTE_LIES'] as const

type Shards = {
  /** Keys that stand for what the cache is to hold. */
  readonly keys: Set<string>
  add(names: LeafNames): void
  keep(key: string, bytes: number): void
  flush(): void
  bytes(): number
}

function createShards(folder: string, { cache }: EngineEnv): Shards {
  const keys = new Set<string>()
  let waiting: LeafNames[] = []
  let size = 0
  let total = 0
  const shards: Shards = {
    keys,
    add(names) {
      // A copy: what was read with it need not stay in memory.
      waiting.push({ id: names.id, text: Buffer.from(names.text) })
      size += names.text.length
      if (size >= SHARD_BYTES) shards.flush()
    },
    keep(key, bytes) {
      keys.add(key)
      total += bytes
    },
    flush() {
      if (waiting.length === 0) return
      const bytes = writeNameShard(waiting)
      const key = `${folder}/${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}`
      cache.put(key, bytes)
      shards.keep(key, bytes.length)
      waiting = []
      size = 0
    },
    bytes: () => total,
  }
  return shards
}

/** Takes over what older shards know of leaves that are still held; shards that are mostly waste are written anew. */
async function keepKnown(
  shards: Shards,
  held: ReadonlyMap<string, HeldLeaf>,
  by: { folder: string; env: EngineEnv; signal: AbortSignal },
): Promise<Set<string>> {
  const { cache } = by.env
  const known = new Set<string>()
  const keys = [...(cache.keys?.(by.folder) ?? [])]
  let small = 0
  for (const key of keys) {
    const bytes = cache.get(key)
    const leaves = bytes === undefined ? undefined : readNameShard(bytes)
    if (bytes === undefined || leaves === undefined) continue
    const useful = leaves.filter(({ id }) => held.has(id) && !known.has(id))
    if (useful.length === 0) continue
    const usefulBytes = useful.reduce((sum, { text }) => sum + text.length, 0)
    if (bytes.length < SMALL_BYTES) small += 1
    if (usefulBytes * 2 >= bytes.length && (bytes.length >= SMALL_BYTES || small <= SMALL_AT_MOST))
      shards.keep(key, bytes.length)
    else for (const names of useful) shards.add(names)
    for (const { id } of useful) known.add(id)
    await breathe(by.signal)
  }
  return known
}
