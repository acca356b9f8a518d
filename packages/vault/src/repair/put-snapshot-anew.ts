import { HoldfastError, isHoldfastError } from '@holdfast/domain'
import { sha256Hex } from '../chunk/piece-id.ts'
import { putVerified } from '../pack/put-verified.ts'
import type { RepairEnv, RepairRequest } from '../repair.ts'
import { type SnapshotBody, snapshotKey, writeSnapshot } from '../snapshot/snapshot-format.ts'
import type { OpenedVault } from '../vault/open-vault.ts'

const ATTEMPTS = 3

/** Puts a snapshot under a new name and reads it back. A dry run only makes the name. */
export async function putSnapshotAnew(
  vault: OpenedVault,
  body: SnapshotBody,
  { dryRun }: RepairRequest,
  env: RepairEnv,
): Promise<{ key: string; sha256: string }> {
  for (let attempt = 1; ; attempt += 1) {
    const tag = Buffer.from(env.random.bytes(2)).toString('hex')
    const key = snapshotKey(body.writer, body.seq, new Date(body.started), tag)
    const bytes = writeSnapshot(key, body, vault.keys.mac)
    if (dryRun) return { key, sha256: sha256Hex(bytes) }
    try {
      await putVerified(vault.store, key, bytes, env)
      if (Buffer.from(bytes).equals(await vault.store.get(key, { signal: env.signal })))
        return { key, sha256: sha256Hex(bytes) }
      throw new HoldfastError('REMOTE_LIES', `The remote gave back another snapshot than ${key}.`)
    } catch (error) {
      if (attempt === ATTEMPTS || !isHoldfastError(error) || !error.retryable) throw error
      env.signal.throwIfAborted()
    }
  }
}
