import { HoldfastError } from '@holdfast/domain'
import type { ObjectStore, VaultRoot } from '../ports.ts'
import type { EngineEnv } from '../vault/create-vault.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { VAULT_FILE } from '../vault/vault-file.ts'

/** Where a copy lies: the same two roots as a vault's, whether or not anything is there yet. */
export type CopyPlace = { readonly outer: ObjectStore; readonly store: ObjectStore }

/** Sizes of objects by their keys, by root. */
export type Sizes = Readonly<Record<VaultRoot, ReadonlyMap<string, number>>>

/** What lies in the vault, seen so that every snapshot in it has what it needs in it. */
export type Survey = { readonly source: Sizes; readonly copy: Sizes }

const OPEN_FILES = [VAULT_FILE, 'README.txt']

/**
 * Lists the vault and its copy. The snapshots are listed after what may be deleted from under them and before what was
 * stored for them: a pack or an index object that went meanwhile is VAULT_CHANGED, and what a run adds meanwhile is
 * there with all that it needs or not at all.
 */
export async function surveyBoth(vault: OpenedVault, copy: CopyPlace, env: EngineEnv): Promise<Survey> {
  const before = [
    ...(await sizesIn(vault.store, 'packs', env)),
    ...(await sizesIn(vault.store, 'index', env)),
  ]
  const snapshots = await sizesIn(vault.store, 'snaps', env)
  const all = await sizesIn(vault.store, '', env)
  for (const [key] of [...before, ...snapshots])
    if (!all.has(key))
      throw new HoldfastError('VAULT_CHANGED', `${key} was deleted while the vault was listed.`)
  const inner = new Map([...all].filter(([key]) => !key.startsWith('snaps/') || snapshots.has(key)))
  return {
    source: { inner, outer: await openFiles(vault.outer, env) },
    copy: { inner: await sizesIn(copy.store, '', env), outer: await openFiles(copy.outer, env) },
  }
}

async function sizesIn(store: ObjectStore, folder: string, env: EngineEnv): Promise<Map<string, number>> {
  const sizes = new Map<string, number>()
  for await (const { key, size } of store.list(folder, { signal: env.signal })) sizes.set(key, size)
  return sizes
}

/** Without listing what is under v1/ once more. */
async function openFiles(outer: ObjectStore, env: EngineEnv): Promise<Map<string, number>> {
  const sizes = await sizesIn(outer, 'keys', env)
  for (const key of OPEN_FILES) {
    const found = await outer.stat(key, { signal: env.signal })
    if (found !== undefined) sizes.set(key, found.size)
  }
  return sizes
}
