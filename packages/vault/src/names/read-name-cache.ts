import { breathe } from '../scan/breathe.ts'
import type { NamePattern } from '../scan/name-pattern.ts'
import type { EngineEnv } from '../vault/create-vault.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { namesFolder, readNameShard, someName } from './name-shard.ts'

const NEVER = new AbortController().signal

/**
 * The leaves that are known to hold no path that fits: a search may leave them out. What the cache lacks or has
 * damaged is not among them. One shard is in memory at a time. CANCELLED between shards.
 */
export async function readNameCache(
  vault: OpenedVault,
  pattern: NamePattern,
  { cache, signal = NEVER }: EngineEnv,
): Promise<ReadonlySet<string>> {
  const without = new Set<string>()
  const literal = Buffer.from(pattern.literal)
  for (const key of cache.keys?.(namesFolder(vault)) ?? []) {
    const bytes = cache.get(key)
    for (const { id, text } of (bytes === undefined ? undefined : readNameShard(bytes)) ?? [])
      if (!someName(text, literal, pattern.fitsText)) without.add(id)
    await breathe(signal)
  }
  return without
}
