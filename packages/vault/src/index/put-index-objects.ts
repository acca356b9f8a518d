import { isHoldfastError } from '@holdfast/domain'
import { sha256Hex } from '../chunk/piece-id.ts'
import { putVerified } from '../pack/put-verified.ts'
import type { EngineEnv } from '../vault/create-vault.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { type PackRow, writeIndexObject } from './index-format.ts'

/** Pieces an index object names, at most by much. */
const PIECES_PER_INDEX_OBJECT = 40_000
const ATTEMPTS = 3

/**
 * Stores rows as index objects, each confirmed at its size; a failed attempt goes under another name. Rows of packs
 * that are named elsewhere too do no harm. Rejects with the store's error after three attempts.
 */
export async function putIndexObjects(
  vault: OpenedVault,
  rows: readonly PackRow[],
  env: EngineEnv,
): Promise<{ keys: string[]; bytesStored: number }> {
  const keys: string[] = []
  let bytesStored = 0
  for (const group of groups(rows)) {
    const bytes = writeIndexObject(group)
    for (let attempt = 1; ; attempt += 1) {
      const tag = Buffer.from(env.random.bytes(2)).toString('hex')
      const key = `index/${sha256Hex(bytes).slice(0, 32)}-${tag}.tar.zst`
      try {
        await putVerified(vault.store, key, bytes, env)
        env.cache.put(`${vault.id}/${key}`, bytes)
        keys.push(key)
        break
      } catch (error) {
        if (attempt === ATTEMPTS || !isHoldfastError(error) || !error.retryable) throw error
        env.signal?.throwIfAborted()
      }
    }
    bytesStored += bytes.length
  }
  return { keys, bytesStored }
}

function groups(rows: readonly PackRow[]): PackRow[][] {
  const out: PackRow[][] = []
  let pieces = Number.POSITIVE_INFINITY
  for (const row of rows) {
    if (pieces + row.pieces.length > PIECES_PER_INDEX_OBJECT) {
      out.push([])
      pieces = 0
    }
    out.at(-1)?.push(row)
    pieces += row.pieces.length
  }
  return out
}
