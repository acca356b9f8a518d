import { HoldfastError } from '@holdfast/domain'
import { readTable, readTrailer, TRAILER_BYTES } from '../pack/pack-format.ts'
import type { EngineEnv } from '../vault/create-vault.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import type { PackRow } from './index-format.ts'

/**
 * The rows of all packs that `known` does not name, from the tables at their ends: two range reads a pack, eight packs
 * at once. A pack cut short by a crash, or damaged, has none and is passed over.
 */
export async function rowsFromTails(
  vault: OpenedVault,
  known: ReadonlySet<string>,
  env: EngineEnv,
): Promise<PackRow[]> {
  const packs: { key: string; size: number }[] = []
  for await (const { key, size } of vault.store.list('packs', { signal: env.signal }))
    if (!known.has(key)) packs.push({ key, size })
  const rows: PackRow[] = []
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let pack = packs.pop(); pack !== undefined; pack = packs.pop()) {
        const row = await rowOf(vault, pack, env)
        if (row !== undefined) rows.push(row)
      }
    }),
  )
  return rows.sort((a, b) => (a.pack < b.pack ? -1 : 1))
}

async function rowOf(
  vault: OpenedVault,
  { key, size }: { key: string; size: number },
  env: EngineEnv,
): Promise<PackRow | undefined> {
  if (size < TRAILER_BYTES) return undefined
  const read = (offset: number, length: number) =>
    vault.store.get(key, { range: { offset, length }, signal: env.signal })
  try {
    const trailer = readTrailer(await read(size - TRAILER_BYTES, TRAILER_BYTES))
    if (trailer.offset + trailer.length > size) return undefined
    return readTable(await read(trailer.offset, trailer.length), { pack: key, size, sha256: trailer.sha256 })
  } catch (error) {
    if (error instanceof HoldfastError && UNUSABLE.has(error.code)) return undefined
    throw error
  }
}

const UNUSABLE = new Set(['VAULT_DAMAGED', 'OBJECT_MISSING', 'REMOTE_LIES'])
