import type { Snapshot } from '../snapshot/snapshot-format.ts'
import type { EngineEnv } from '../vault/create-vault.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { type PackRow, readIndexObject } from './index-format.ts'
import { createPieceIndex, type PieceIndex } from './piece-index.ts'
import { rowsFromTails } from './rows-from-tails.ts'

/**
 * The vault's whole index: every index object (from the cache where it is there) and every snapshot's inline rows.
 * A damaged object is reported. Where one is damaged, or a snapshot is missing or broken (and with it its inline
 * rows), the packs that no row names are asked for their own tables, so that one lost object takes no other along.
 */
export async function loadIndex(
  vault: OpenedVault,
  history: { snapshots: readonly Snapshot[]; broken: readonly unknown[] },
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
  const { snapshots } = history
  const all = [...rows.flat().filter((row) => row !== undefined), ...snapshots.flatMap((s) => s.rows)]
  if (broken.length > 0 || history.broken.length > 0 || hasGap(snapshots))
    all.push(...(await rowsFromTails(vault, new Set(all.map((row) => row.pack)), env)))
  const index = createPieceIndex(all.reduce((sum, row) => sum + row.pieces.length, 0))
  const seen = new Set<string>()
  for (const row of all) {
    if (seen.has(row.pack)) continue
    seen.add(row.pack)
    index.addPack(row)
  }
  return { index, broken }
}

/** True when a number is missing between two snapshots of a writer. */
function hasGap(snapshots: readonly Snapshot[]): boolean {
  return snapshots.some((snapshot, i) => {
    const before = snapshots[i - 1]
    const first = before === undefined || before.body.writer !== snapshot.body.writer
    return first ? snapshot.body.seq !== 1 : snapshot.body.seq !== before.body.seq + 1
  })
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
