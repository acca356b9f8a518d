import { createFolderCache, systemClock, systemRandom } from '@holdfast/host'
import { connectRclone } from '@holdfast/rclone'
import { type EngineEnv, type OpenedVault, openVault } from '@holdfast/vault'
import { openDoors } from '../vaults/vault-doors.ts'
import type { VaultAccess } from './engine-messages.ts'

/** Opens the vault of an order inside the engine process, where clock and chance are the system's. */
export async function openOrderedVault(
  access: VaultAccess,
  signal: AbortSignal,
): Promise<{ vault: OpenedVault; env: EngineEnv }> {
  const client = connectRclone(access.rclone)
  const env: EngineEnv = {
    clock: systemClock,
    random: systemRandom,
    cache: createFolderCache(access.cacheDir),
    signal,
  }
  const doors = await openDoors({ client, ...access })
  const secret =
    access.masterKey === null
      ? ({ kind: 'none' } as const)
      : ({ kind: 'master-key', masterKey: access.masterKey } as const)
  return { vault: await openVault(doors, secret, env), env }
}
