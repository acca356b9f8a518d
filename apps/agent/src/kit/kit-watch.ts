import { createHash } from 'node:crypto'
import { formatPlace, type Vault, type VaultId, type VaultPlace } from '@holdfast/domain'
import type { History } from '@holdfast/history'
import { isKitCurrent } from '@holdfast/vault'
import { z } from 'zod'
import type { Vaults } from '../vaults/vaults.ts'

/** The kit that was saved last, as far as it is no secret. */
export const KitRecord = z.object({
  made: z.coerce.date(),
  vaultFile: z.string(),
  keys: z.array(z.object({ name: z.string(), file: z.string() })),
  /** SHA-256 of how to reach the vault. */
  way: z.string(),
  /** Why a second machine could not use it, or not as it is; null while it can. */
  outdated: z.string().nullable(),
})
export type KitRecord = z.infer<typeof KitRecord>

/** Knows which recovery kits were saved, and notices when one is out of date. */
export type KitWatch = {
  /** Undefined when no kit of this vault was saved. */
  record(vault: VaultId): Promise<KitRecord | undefined>
  remember(vault: VaultId, record: KitRecord): Promise<void>
  /** Compares the saved kit with the vault as it lies there now. Rejects when that can't be read. */
  look(vault: Vault, signal: AbortSignal): Promise<void>
}

export function createKitWatch(parts: {
  history: Pick<History, 'settings'>
  vaults: Pick<Vaults, 'opened'>
  /** The options of a place's remote and of those below it. */
  remotes: (place: VaultPlace, signal: AbortSignal) => Promise<Record<string, Record<string, string>>>
  now: () => Date
}): KitWatch {
  const { history, now } = parts
  const record = (vault: VaultId) => history.settings.get(keyOf(vault), KitRecord)
  const remember = (vault: VaultId, kit: KitRecord) => history.settings.set(keyOf(vault), kit, now())
  return {
    record,
    remember,
    async look(vault, signal) {
      const known = await record(vault.id)
      if (known === undefined) return
      const { vault: opened } = await parts.vaults.opened(vault)
      const keysAgree = await isKitCurrent({ ...known, vault: vault.id }, opened, { signal })
      const wayAgrees = known.way === hashOfWay(vault.place, await parts.remotes(vault.place, signal))
      const outdated = !keysAgree
        ? 'The passphrase of the vault was changed since.'
        : wayAgrees
          ? null
          : 'How to reach the vault was changed since.'
      if (outdated !== known.outdated) await remember(vault.id, { ...known, outdated })
    },
  }
}

/** How a vault is reached, as one text's hash; a sign-in that was renewed is no change. */
export function hashOfWay(
  place: VaultPlace,
  remotes: Readonly<Record<string, Readonly<Record<string, string>>>>,
): string {
  const options = Object.entries(remotes)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, section]) => [
      name,
      Object.entries(section)
        .filter(([key]) => key !== 'token')
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ])
  return createHash('sha256')
    .update(JSON.stringify([formatPlace(place), options]))
    .digest('hex')
}

const keyOf = (vault: VaultId) => `kit-${vault}`
