import { HoldfastError, VaultId } from '@holdfast/domain'
import { putVerified } from '../pack/put-verified.ts'
import type { Cache, CallOptions, Clock, ObjectStore, Random } from '../ports.ts'
import { newKeyFile } from './key-files.ts'
import { type CryptPasswords, cryptPasswordsOf, deriveKeys } from './keys.ts'
import type { OpenedVault } from './open-vault.ts'
import { readmeText } from './readme.ts'
import { keepReserve } from './reserve.ts'
import { MAX_VAULT_FILE, readVaultFile, VAULT_FILE, writeVaultFile } from './vault-file.ts'

/** How the engine reaches a vault's place. `openInner` is called once, after the keys are known. */
export type VaultDoors = {
  /** The raw root of the place: vault.json, keys/, README.txt. */
  readonly outer: ObjectStore
  /** The store rooted at `<root>/v1`: through rclone crypt when passwords are given, as it is otherwise. */
  openInner(passwords: CryptPasswords | undefined): Promise<ObjectStore>
}

/** What the engine needs of the world. */
export type EngineEnv = {
  readonly clock: Clock
  readonly random: Random
  readonly cache: Cache
  readonly signal?: AbortSignal | undefined
}

/**
 * Makes a vault in an empty or missing folder: keys first, README, then vault.json last, which makes it a vault. A
 * crash in between leaves a folder that is not a vault. `onWrapped` hears the text of its key file at the end, see
 * `unwrapAhead`. VAULT_EXISTS or PLACE_NOT_EMPTY where something is there.
 */
export async function createVault(
  doors: VaultDoors,
  secret: { kind: 'passphrase'; passphrase: string; onWrapped?: (text: string) => void } | { kind: 'plain' },
  env: EngineEnv,
): Promise<OpenedVault> {
  const found = await inspectPlace(doors.outer, env)
  if (found.kind === 'vault') throw new HoldfastError('VAULT_EXISTS', 'There is a vault already.')
  if (found.kind === 'occupied')
    throw new HoldfastError(
      'PLACE_NOT_EMPTY',
      `The place is not empty: it holds ${found.examples.join(', ')}.`,
    )

  const id = VaultId.parse(hex(env.random.bytes(16)))
  const masterKey = env.random.bytes(32)
  const keys = deriveKeys(masterKey, id)
  const encrypted = secret.kind === 'passphrase'
  const keyFile =
    secret.kind === 'passphrase' ? await newKeyFile({ id, masterKey }, secret.passphrase, env) : undefined
  if (keyFile !== undefined) await putVerified(doors.outer, keyFile.key, keyFile.bytes, env)
  await putVerified(doors.outer, 'README.txt', Buffer.from(readmeText({ id, encrypted })), env)
  const vaultFile = writeVaultFile(
    {
      format: 'holdfast-vault',
      version: 1,
      id,
      encrypted,
      created: new Date(env.clock.nowMs()).toISOString(),
      masterKey: encrypted ? null : hex(masterKey),
    },
    keys.vaultFile,
  )
  const store = await doors.openInner(encrypted ? cryptPasswordsOf(masterKey, id) : undefined)
  await putVerified(store, VAULT_FILE, vaultFile, env)
  await keepReserve({ keys, store }, env)
  await putVerified(doors.outer, VAULT_FILE, vaultFile, env)
  if (secret.kind === 'passphrase' && keyFile !== undefined)
    secret.onWrapped?.(Buffer.from(keyFile.bytes).toString())
  return { id, encrypted, keys, masterKey, store, outer: doors.outer }
}

/** What lies at a place: nothing, a vault, or something that is not ours (with up to three names). */
export async function inspectPlace(
  outer: ObjectStore,
  options: CallOptions = {},
): Promise<
  | { kind: 'empty' }
  | { kind: 'vault'; id: VaultId; encrypted: boolean }
  | { kind: 'occupied'; examples: string[] }
> {
  const found = await outer.stat(VAULT_FILE, options)
  if (found !== undefined && found.size <= MAX_VAULT_FILE) {
    const file = readVaultFile(await outer.get(VAULT_FILE, options))
    return { kind: 'vault', id: file.id, encrypted: file.encrypted }
  }
  const examples: string[] = []
  for await (const { key } of outer.list('', options)) {
    examples.push(key)
    if (examples.length === 3) break
  }
  return examples.length === 0 ? { kind: 'empty' } : { kind: 'occupied', examples }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
