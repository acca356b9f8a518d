import { HoldfastError, isHoldfastError, toHoldfastError } from '@holdfast/domain'
import { putVerified } from '../pack/put-verified.ts'
import type { EngineEnv } from './create-vault.ts'
import { newKeyFile, readKeyFiles } from './key-files.ts'
import { type KdfParameters, unwrapMasterKey } from './keys.ts'
import type { OpenedVault } from './open-vault.ts'

export type PassphraseChange = {
  readonly old: string
  readonly new: string
  /** How the new passphrase is stretched; what new vaults use unless told. */
  readonly kdf?: KdfParameters
}

/** `kept` are key files that could not be deleted: the old passphrase still opens the vault. */
export type ChangedPassphrase = {
  readonly added: string
  readonly removed: readonly string[]
  readonly kept: readonly { readonly key: string; readonly reason: string }[]
}

const ATTEMPTS = 3

/**
 * Replaces a passphrase: stores the master key wrapped under the new one, reads that back and opens it, then deletes
 * what the old one opens. Whenever this is cut off, at least one of the two opens the vault; started again with the
 * one that does, it goes on. The master key stays, so whoever kept an old key file and knows its passphrase still has it.
 * USAGE for a plain vault or a passphrase that says nothing new, LOCKED when the old one is wrong: nothing was written
 * then. Rejects with the store's error while the new one is not stored for certain.
 */
export async function changePassphrase(
  vault: OpenedVault,
  change: PassphraseChange,
  env: EngineEnv,
): Promise<ChangedPassphrase> {
  if (!vault.encrypted) throw new HoldfastError('USAGE', 'A plain vault has no passphrase.')
  if (change.new === '') throw new HoldfastError('USAGE', 'The new passphrase is empty.')
  if (change.new.normalize('NFC') === change.old.normalize('NFC'))
    throw new HoldfastError('USAGE', 'The new passphrase is the old one.')

  const outdated = await keysOpenedBy(vault, change.old, env)
  if (outdated.length === 0) throw new HoldfastError('LOCKED', 'The old passphrase does not open this vault.')
  const added = await addKey(vault, change, env)
  const problems = new Map<string, string>()
  for (const key of outdated) {
    env.signal?.throwIfAborted()
    try {
      await vault.outer.delete(key, { signal: env.signal })
    } catch (error) {
      env.signal?.throwIfAborted()
      problems.set(key, toHoldfastError(error).message)
    }
  }
  return { added, ...(await whatIsLeft(vault, { added, outdated, problems }, env)) }
}

async function keysOpenedBy(vault: OpenedVault, passphrase: string, env: EngineEnv): Promise<string[]> {
  const keys: string[] = []
  for (const found of await readKeyFiles(vault.outer, vault.id, env))
    if (found.readable && (await unwrapMasterKey(found.file, passphrase)) !== undefined) keys.push(found.key)
  return keys
}

/** Stores the new key file, under another name when an attempt failed, until the vault opens by it as a reader would. */
async function addKey(vault: OpenedVault, change: PassphraseChange, env: EngineEnv): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const { key, bytes } = await newKeyFile(vault, change.new, { ...env, kdf: change.kdf })
    try {
      await putVerified(vault.outer, key, bytes, env)
      const listed = await readKeyFiles(vault.outer, vault.id, env)
      const back = listed.find((found) => found.key === key)
      const masterKey = back?.readable ? await unwrapMasterKey(back.file, change.new) : undefined
      if (masterKey !== undefined && Buffer.from(masterKey).equals(vault.masterKey)) return key
      throw new HoldfastError('REMOTE_LIES', `The remote does not give ${key} back as it was stored.`)
    } catch (error) {
      if (attempt === ATTEMPTS || !isHoldfastError(error) || !error.retryable) throw error
      env.signal?.throwIfAborted()
    }
  }
}

/** Believes neither a delete nor its failure: a credential may be refused in silence, an answer may get lost. */
async function whatIsLeft(
  vault: OpenedVault,
  done: { added: string; outdated: readonly string[]; problems: ReadonlyMap<string, string> },
  env: EngineEnv,
): Promise<Pick<ChangedPassphrase, 'removed' | 'kept'>> {
  const listed = new Set<string>()
  let unseen = 'The remote still lists it.'
  try {
    for await (const { key } of vault.outer.list('keys', { signal: env.signal })) listed.add(key)
    if (!listed.has(done.added)) throw new HoldfastError('REMOTE_LIES', 'The remote lists an older state.')
  } catch (error) {
    env.signal?.throwIfAborted()
    unseen = toHoldfastError(error).message
    for (const key of done.outdated) listed.add(key)
  }
  return {
    removed: done.outdated.filter((key) => !listed.has(key)),
    kept: done.outdated
      .filter((key) => listed.has(key))
      .map((key) => ({ key, reason: done.problems.get(key) ?? unseen })),
  }
}
