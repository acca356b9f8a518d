import { isHoldfastError } from '@holdfast/domain'
import { putVerified } from '../pack/put-verified.ts'
import type { EngineEnv } from '../vault/create-vault.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { type MarkBody, markKey, writeMark } from './mark-format.ts'

const ATTEMPTS = 3

/**
 * Puts a mark, under another name when an attempt failed, and answers its key once the remote has it at its size.
 * Several copies of one mark say no more than one. Rejects with the store's error after three attempts.
 */
export async function putMark(
  vault: OpenedVault,
  mark: Pick<MarkBody, 'kind' | 'installation'> &
    Partial<Pick<MarkBody, 'time' | 'graceMs' | 'snapshots' | 'indexes' | 'packs' | 'swept'>>,
  env: EngineEnv,
): Promise<string> {
  const now = new Date(env.clock.nowMs())
  const body: MarkBody = {
    format: 'holdfast-mark',
    version: 1,
    vault: vault.id,
    installation: mark.installation,
    time: mark.time ?? now.toISOString(),
    kind: mark.kind,
    graceMs: mark.graceMs ?? 0,
    snapshots: mark.snapshots ?? [],
    indexes: mark.indexes ?? [],
    packs: mark.packs ?? [],
    swept: mark.swept ?? [],
  }
  const tag = Buffer.from(env.random.bytes(3)).toString('hex')
  const failed: string[] = []
  for (let attempt = 1; ; attempt += 1) {
    const key = markKey(now, `${tag}0${attempt}`)
    try {
      await putVerified(vault.store, key, writeMark(key, body, vault.keys.mac), env)
      await dropAttempts(vault, failed, env)
      return key
    } catch (error) {
      // What did not fit is there cut short, and a check would call it damage.
      if (isHoldfastError(error, 'REMOTE_FULL')) await dropAttempts(vault, [...failed, key], env)
      if (attempt === ATTEMPTS || !isHoldfastError(error) || !error.retryable) throw error
      env.signal?.throwIfAborted()
      failed.push(key)
    }
  }
}

/** Takes away what failed attempts left. Where that is refused they stay, and readers know them by their names. */
async function dropAttempts(vault: OpenedVault, keys: readonly string[], env: EngineEnv): Promise<void> {
  for (const key of keys) {
    try {
      await vault.store.delete(key, { signal: env.signal })
    } catch (error) {
      if (!isHoldfastError(error)) throw error
    }
  }
}
