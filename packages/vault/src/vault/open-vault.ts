import { HoldfastError, isHoldfastError, type VaultId } from '@holdfast/domain'
import type { ObjectStore } from '../ports.ts'
import type { EngineEnv, VaultDoors } from './create-vault.ts'
import { readKeyFiles } from './key-files.ts'
import { cryptPasswordsOf, deriveKeys, unwrapMasterKey, type VaultKeys } from './keys.ts'
import { MAX_VAULT_FILE, readVaultFile, VAULT_FILE, type VaultFile, verifyVaultFile } from './vault-file.ts'

/** A vault that the verbs work on. `store` is rooted at `v1/`, decrypted; `outer` is the raw place. */
export type OpenedVault = {
  readonly id: VaultId
  readonly encrypted: boolean
  readonly keys: VaultKeys
  readonly masterKey: Uint8Array
  readonly store: ObjectStore
  readonly outer: ObjectStore
}

export type VaultSecret =
  | { readonly kind: 'passphrase'; readonly passphrase: string }
  | { readonly kind: 'master-key'; readonly masterKey: Uint8Array }
  | { readonly kind: 'none' }

/**
 * Opens a vault. NOT_A_VAULT, VAULT_NEWER or VAULT_DAMAGED by what lies there; PASSPHRASE_MISSING when it is
 * encrypted and no secret came; LOCKED when the secret does not open it.
 */
export async function openVault(
  doors: VaultDoors,
  secret: VaultSecret,
  env: EngineEnv,
): Promise<OpenedVault> {
  const file = readVaultFile(await readOuter(doors.outer, env))
  const masterKey = await masterKeyOf(doors.outer, file, secret, env)
  const keys = deriveKeys(masterKey, file.id)
  try {
    verifyVaultFile(file, keys.vaultFile)
  } catch (error) {
    // A wrong master key can't be told from a changed file: the key is what the caller can mend.
    if (secret.kind !== 'master-key') throw error
    throw new HoldfastError('LOCKED', 'The key kept on this machine does not open this vault.', {
      cause: error,
    })
  }
  const store = await doors.openInner(file.encrypted ? cryptPasswordsOf(masterKey, file.id) : undefined)
  return { id: file.id, encrypted: file.encrypted, keys, masterKey, store, outer: doors.outer }
}

async function readOuter(outer: ObjectStore, env: EngineEnv): Promise<Uint8Array> {
  try {
    const found = await outer.stat(VAULT_FILE, { signal: env.signal })
    if (found !== undefined && found.size > MAX_VAULT_FILE)
      throw new HoldfastError(
        'NOT_A_VAULT',
        'The vault.json there is not of a Holdfast vault: it is too big.',
      )
    return await outer.get(VAULT_FILE, { signal: env.signal })
  } catch (error) {
    if (!isHoldfastError(error, 'OBJECT_MISSING')) throw error
    throw new HoldfastError('NOT_A_VAULT', 'There is no vault at this place.', { cause: error })
  }
}

async function masterKeyOf(
  outer: ObjectStore,
  file: VaultFile,
  secret: VaultSecret,
  env: EngineEnv,
): Promise<Uint8Array> {
  if (!file.encrypted) {
    if (file.masterKey === null)
      throw new HoldfastError('VAULT_DAMAGED', 'The vault.json there lacks its key.')
    return Buffer.from(file.masterKey, 'hex')
  }
  if (secret.kind === 'master-key') return secret.masterKey
  if (secret.kind === 'none') throw new HoldfastError('PASSPHRASE_MISSING', 'This vault is encrypted.')
  const readable = (await readKeyFiles(outer, file.id, env)).filter((found) => found.readable)
  for (const found of readable) {
    const masterKey = await unwrapMasterKey(found.file, secret.passphrase)
    if (masterKey !== undefined) return masterKey
  }
  if (readable.length === 0)
    throw new HoldfastError('VAULT_DAMAGED', 'The vault has no readable key file under keys/.')
  throw new HoldfastError('LOCKED', 'The passphrase does not open this vault.')
}
