import { HoldfastError, isHoldfastError } from '@holdfast/domain'
import { putMark } from '../marks/put-mark.ts'
import type { PruneEnv } from '../prune.ts'
import type { OpenedVault } from '../vault/open-vault.ts'

/**
 * REMOTE_DENIED when this credential may not delete, before a prune claims or hides anything: one that only hides would
 * take snapshots out of sight and the sweeper's place from whoever may. Puts a mark that says nothing and takes it away
 * again; where that is refused it stays, and the next prune takes it along.
 */
export async function requireDelete(vault: OpenedVault, installation: string, env: PruneEnv): Promise<void> {
  const key = await putMark(vault, { kind: 'withdrawn', installation }, env)
  try {
    await vault.store.delete(key, { signal: env.signal })
  } catch (cause) {
    if (!isHoldfastError(cause, 'REMOTE_DENIED')) throw cause
    throw new HoldfastError('REMOTE_DENIED', 'This credential may not delete, so it can not prune.', {
      cause,
      next: 'Prune from a machine whose credential for the remote may delete.',
    })
  }
}
