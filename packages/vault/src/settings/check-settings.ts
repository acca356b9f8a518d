import type { Findings } from '../check/findings.ts'
import type { EngineEnv } from '../vault/create-vault.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import type { HistorySeqs, SettingsBody } from './settings-format.ts'
import { brokenSettingsKeys } from './settings-key.ts'
import { listAllSettings, readListedSettings } from './settings-objects.ts'

/**
 * Reads all that lies under `settings/`. What does not verify is damage, unless newer settings are there and the newest
 * history is whole without it: storing it may have been cut off. Answers how many objects there are, how many bytes were
 * read, and what is left over. Rejects when the remote can't be read, with VAULT_NEWER.
 */
export async function checkSettings(
  vault: OpenedVault,
  findings: Findings,
  env: EngineEnv,
): Promise<{ objects: number; bytesRead: number; leftovers: string[] }> {
  for (const { key, reason } of await brokenSettingsKeys(vault, env)) findings.add(key, 'key', reason)
  const { machines, strangers } = await listAllSettings(vault, env)
  const sums = { objects: strangers.length, bytesRead: 0, leftovers: strangers }
  for (const objects of machines.values()) {
    const newer: SettingsBody[] = []
    const broken: { key: string; reason: string; hasNewerSettings: boolean }[] = []
    for (const object of objects) {
      env.signal?.throwIfAborted()
      const body = await readListedSettings(vault, object, env)
      const hasNewerSettings = newer.some(({ kind }) => kind === 'settings')
      if ('reason' in body) broken.push({ ...body, hasNewerSettings })
      else newer.push(body)
      sums.objects += 1
      sums.bytesRead += object.size
    }
    const whole = hasWholeHistory(newer)
    for (const { key, reason, hasNewerSettings } of broken)
      if (whole && hasNewerSettings) sums.leftovers.push(key)
      else findings.add(key, 'settings', reason)
  }
  return sums
}

/** Newest first, as they come: true when the newest full copy and what came after it follow each other. */
function hasWholeHistory(bodies: readonly SettingsBody[]): boolean {
  const parts = bodies.filter(({ kind }) => kind !== 'settings')
  const full = parts.findIndex(({ kind }) => kind === 'history-full')
  if (full === -1) return parts.length === 0
  let to: HistorySeqs | undefined
  for (const part of parts.slice(0, full + 1).reverse()) {
    const { from } = part
    if (to !== undefined && from !== null && (from.runs > to.runs || from.audit > to.audit)) return false
    to = part.to ?? to
  }
  return true
}
