import { HoldfastError, isHoldfastError, type VaultId } from '@holdfast/domain'
import type { ObjectStore } from '../ports.ts'
import type { EngineEnv, VaultDoors } from './create-vault.ts'
import { type KeyObject, keyFileOf, keyFilesOf, readKeyObjects } from './key-files.ts'
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

/** For who does not know yet whether a vault is encrypted: asked once, and only when it is. */
export type AskedSecret = {
  readonly kind: 'ask'
  readonly passphrase: () => Promise<string>
  /** Counts when the vault has that very key file, see `unwrapAhead`. */
  readonly ahead?: UnwrappedAhead | undefined
  /** Hears the text of the key file by which the vault was opened. */
  readonly onUnwrapped?: (text: string) => void
}

/** A key file that opened a vault before, and the master key in it, which takes its time. */
export type UnwrappedAhead = { readonly text: string; readonly masterKey: Promise<Uint8Array | undefined> }

/**
 * Begins to unwrap a key file that is remembered from before, while the vault is still being reached: stretching a
 * passphrase takes a third of a second. It proves nothing: what the vault itself has decides. Never rejects.
 */
export function unwrapAhead(text: string, passphrase: string): UnwrappedAhead | undefined {
  const file = keyFileOf(text)
  if (file === undefined || passphrase === '') return undefined
  // What fails here is tried again when the vault has that file too, and fails there.
  const masterKey = unwrapMasterKey(file, passphrase).catch(() => undefined)
  return { text, masterKey }
}

/**
 * Opens a vault. NOT_A_VAULT, VAULT_NEWER or VAULT_DAMAGED by what lies there; PASSPHRASE_MISSING when it is
 * encrypted and no secret came; LOCKED when the secret does not open it.
 */
export async function openVault(
  doors: VaultDoors,
  secret: VaultSecret | AskedSecret,
  env: EngineEnv,
): Promise<OpenedVault> {
  const { file, masterKey } = await readBoth(doors.outer, secret, env)
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

/** A far remote answers for vault.json and the keys in the time of one. */
async function readBoth(
  outer: ObjectStore,
  secret: VaultSecret | AskedSecret,
  env: EngineEnv,
): Promise<{ file: VaultFile; masterKey: Uint8Array }> {
  const noMore = new AbortController()
  const signal = AbortSignal.any([noMore.signal, ...(env.signal === undefined ? [] : [env.signal])])
  const needsKeys = secret.kind === 'passphrase' || secret.kind === 'ask'
  const keyObjects = needsKeys ? readKeyObjects(outer, { signal }) : Promise.resolve([])
  // Its failure is met when the keys are needed, not as an unhandled rejection before.
  keyObjects.catch(() => undefined)
  try {
    const file = readVaultFile(await readOuter(outer, env))
    return { file, masterKey: await masterKeyOf(file, secret, keyObjects) }
  } finally {
    // What is no vault, or has no passphrase, may still have a long folder of that name.
    noMore.abort()
  }
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
  file: VaultFile,
  secret: VaultSecret | AskedSecret,
  keyObjects: Promise<readonly KeyObject[]>,
): Promise<Uint8Array> {
  if (!file.encrypted) {
    if (file.masterKey === null)
      throw new HoldfastError('VAULT_DAMAGED', 'The vault.json there lacks its key.')
    return Buffer.from(file.masterKey, 'hex')
  }
  if (secret.kind === 'master-key') return secret.masterKey
  if (secret.kind === 'none') throw new HoldfastError('PASSPHRASE_MISSING', 'This vault is encrypted.')
  const passphrase = secret.kind === 'ask' ? await secret.passphrase() : secret.passphrase
  const readable = keyFilesOf(await keyObjects, file.id).filter((found) => found.readable)
  const { ahead, onUnwrapped } = secret.kind === 'ask' ? secret : {}
  const known = readable.find(({ text }) => text === ahead?.text)
  for (const found of known === undefined ? readable : [known, ...readable.filter((one) => one !== known)]) {
    const begun = found === known ? await ahead?.masterKey : undefined
    const masterKey = begun ?? (await unwrapMasterKey(found.file, passphrase))
    if (masterKey === undefined) continue
    onUnwrapped?.(found.text)
    return masterKey
  }
  if (readable.length === 0)
    throw new HoldfastError('VAULT_DAMAGED', 'The vault has no readable key file under keys/.')
  throw new HoldfastError('LOCKED', 'The passphrase does not open this vault.')
}
