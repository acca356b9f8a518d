import type { Snapshot } from '../snapshot/snapshot-format.ts'
import type { EngineEnv } from '../vault/create-vault.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { type PackRow, readIndexObject } from './index-format.ts'
import { createPieceIndex, type PieceIndex } from './piece-index.ts'

/**
 * The vault's whole index: every index object (from the cache where it is there) and every snapshot's inline rows.
 * A damaged object is reported and left out: what it named can't be found until `repair` rebuilds it.
 */
export async function loadIndex(
  vault: OpenedVault,
  snapshots: readonly Snapshot[],
  env: EngineEnv,
): Promise<{ index: PieceIndex; broken: { key: string; reason: string }[] }> {
  const keys: string[] = []
  for await (const { key } of vault.store.list('index', { signal: env.signal })) keys.push(key)
  keys.sort()
  const rows: PackRow[][] = []
  const broken: { key: string; reason: string }[] = []
  let next = 0
  await Promise.all(
    Array.from({ length: Math.min(8, keys.length) }, async () => {
      while (next < keys.length) {
        const at = next
        next += 1
        const key = keys[at] as string
        try {
          rows[at] = await readRows(vault, key, env)
        } catch (error) {
          if (env.signal?.aborted === true) throw error
          broken.push({ key, reason: error instanceof Error ? error.message : String(error) })
        }
      }
    }),
  )
  env.cache.retain(`${vault.id}/index`, new Set(keys.map((key) => `${vault.id}/${key}`)))
  const all = [...rows.flat().filter((row) => row !== undefined), ...snapshots.flatMap((s) => s.rows)]
  const index = createPieceIndex(all.reduce((sum, row) => sum + row.pieces.length, 0))
  const seen = new Set<string>()
  for (const row of all) {
    if (seen.has(row.pack)) continue
    seen.add(row.pack)
    index.addPack(row)
  }
  return { index, broken }
}

async function readRows(vault: OpenedVault, key: string, env: EngineEnv): Promise<PackRow[]> {
  const cached = env.cache.get(`${vault.id}/${key}`)
  if (cached !== undefined) {
    try {
      return readIndexObject(cached)
    } catch {
      // A damaged cache is no damaged vault: read the vault's own copy below.
    }
  }
  const bytes = await vault.store.get(key, { signal: env.signal })
  const rows = readIndexObject(bytes)
  env.cache.put(`${vault.id}/${key}`, bytes)
  return rows
}
