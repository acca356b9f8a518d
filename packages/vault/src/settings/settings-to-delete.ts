import type { WriterId } from '@holdfast/domain'
import type { EngineEnv } from '../vault/create-vault.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { listSettings, readSettingsObject } from './settings-objects.ts'

/** How many of each are kept: the newest, and one before it should the newest be damaged some day. */
const KEPT = 2

/**
 * The objects under `settings/<writer>` that nobody needs any more, in the order in which to delete them: settings older
 * than the two newest that verify, and history older than the two newest full copies that verify. What does not verify
 * goes only when all that it could be is older than what is kept. Nothing when the listing shows too little to tell.
 * Rejects when the remote can't be read.
 */
export async function settingsToDelete(
  vault: OpenedVault,
  writer: WriterId,
  env: EngineEnv,
): Promise<string[]> {
  const { keys } = await listSettings(vault, writer, env)
  const needless: string[] = []
  let settings = 0
  let full = 0
  for (const key of keys) {
    const body = await readSettingsObject(vault, key, env)
    if ('reason' in body) {
      if (settings >= KEPT && full >= KEPT) needless.push(key)
    } else if (body.kind === 'settings') {
      if (settings >= KEPT) needless.push(key)
      settings += 1
    } else {
      if (full >= KEPT) needless.push(key)
      if (body.kind === 'history-full') full += 1
    }
  }
  return needless.reverse()
}
