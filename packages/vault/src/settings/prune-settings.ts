import type { PruneEnv, PruneRequest, PruneSummary } from '../prune.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { listAllSettings, readListedSettings, type SettingsObject } from './settings-objects.ts'

/** How many of each are kept: the newest, and one before it should the newest be damaged some day. */
const KEPT = 2

/**
 * Deletes what nobody needs any more under `settings/`, the oldest first: settings that two newer ones that verify have
 * followed for longer than the grace, and history that two such full copies have. What does not verify goes only when
 * all that it could be is followed so. A dry run only counts. Rejects when the remote can't be read, with VAULT_NEWER.
 */
export async function pruneSettings(
  vault: OpenedVault,
  { graceMs, dryRun }: Pick<PruneRequest, 'graceMs' | 'dryRun'>,
  env: PruneEnv,
): Promise<PruneSummary['settings']> {
  const beforeMs = env.clock.nowMs() - graceMs
  const needless: SettingsObject[] = []
  for (const objects of (await listAllSettings(vault, env)).machines.values())
    needless.push(...(await needlessOf(vault, objects, beforeMs, env)).reverse())
  if (!dryRun) for (const { key } of needless) await vault.store.delete(key, { signal: env.signal })
  return { objects: needless.length, bytes: needless.reduce((sum, { size }) => sum + size, 0) }
}

/** Of one machine's objects, newest first, and in that order. Those that all newer ones outdate are not read. */
async function needlessOf(
  vault: OpenedVault,
  objects: readonly SettingsObject[],
  beforeMs: number,
  env: PruneEnv,
): Promise<SettingsObject[]> {
  const needless: SettingsObject[] = []
  const followers = { settings: 0, history: 0 }
  for (const object of objects) {
    if (followers.settings >= KEPT && followers.history >= KEPT) {
      needless.push(object)
      continue
    }
    const body = await readListedSettings(vault, object, env)
    if ('reason' in body) continue
    const kind = body.kind === 'settings' ? 'settings' : 'history'
    if (followers[kind] >= KEPT) needless.push(object)
    else if (body.kind !== 'history-delta' && Date.parse(body.time) <= beforeMs) followers[kind] += 1
  }
  return needless
}
