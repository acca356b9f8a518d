import { HoldfastError, isHoldfastError } from '@holdfast/domain'
import { putVerified } from '../pack/put-verified.ts'
import type { EngineEnv } from '../vault/create-vault.ts'
import { newKeyFile, parseKeyFile } from '../vault/key-files.ts'
import { type KdfParameters, unwrapMasterKey } from '../vault/keys.ts'
import type { OpenedVault } from '../vault/open-vault.ts'

/** Where they lie. */
export const SETTINGS_KEYS = 'settings/keys'

/** What is bigger is no key file. */
const MAX_KEY_FILE = 16 * 1024

/**
 * Gives a plain vault's settings a key of their own under a passphrase, so that they may hold secrets: the key file
 * lies under `settings/keys/`. Answers the key once it was read back and opened. INPUT_INVALID in an encrypted vault,
 * whose settings are sealed already; LOCKED when there is such a key and the passphrase is another one. Safe to repeat.
 */
export async function makeSettingsKey(
  vault: OpenedVault,
  passphrase: string,
  env: EngineEnv & { readonly kdf?: KdfParameters | undefined },
): Promise<Uint8Array> {
  if (vault.encrypted)
    throw new HoldfastError('INPUT_INVALID', "An encrypted vault's settings are under its own passphrase.")
  const known = await openSettingsKey(vault, passphrase, env)
  if (known !== undefined) return known
  const ownKey = env.random.bytes(32)
  const { key, bytes } = await newKeyFile({ id: vault.id, masterKey: ownKey }, passphrase, env)
  await putVerified(vault.store, `settings/${key}`, bytes, env)
  const opened = await openSettingsKey(vault, passphrase, env)
  if (opened !== undefined && Buffer.from(opened).equals(ownKey)) return opened
  throw new HoldfastError('REMOTE_LIES', `The remote does not give back settings/${key}.`)
}

/** The key of a plain vault's settings; undefined when they have none of their own. LOCKED for another passphrase. */
export async function openSettingsKey(
  vault: OpenedVault,
  passphrase: string,
  env: EngineEnv,
): Promise<Uint8Array | undefined> {
  const keys: string[] = []
  for await (const { key, size } of vault.store.list(SETTINGS_KEYS, { signal: env.signal }))
    if (size <= MAX_KEY_FILE) keys.push(key)
  let found = false
  for (const key of keys.sort()) {
    const file = await readKeyFile(vault, key, env)
    if (file === undefined) continue
    found = true
    const ownKey = await unwrapMasterKey(file, passphrase)
    if (ownKey !== undefined) return ownKey
  }
  if (!found) return undefined
  throw new HoldfastError('LOCKED', 'The passphrase does not open the settings in this vault.', {
    next: 'Give the passphrase of the settings, which is not one of the vault.',
  })
}

/** Key files of a plain vault's settings that no passphrase could open. Rejects when the remote can't be read. */
export async function brokenSettingsKeys(
  vault: OpenedVault,
  env: EngineEnv,
): Promise<{ key: string; reason: string }[]> {
  const broken: { key: string; reason: string }[] = []
  for await (const { key, size } of vault.store.list(SETTINGS_KEYS, { signal: env.signal })) {
    const bytes = size > MAX_KEY_FILE ? undefined : await vault.store.get(key, { signal: env.signal })
    const found = bytes && parseKeyFile(key, bytes, vault.id)
    if (found === undefined) broken.push({ key, reason: `${key} has ${size} bytes, too many.` })
    else if (!found.readable) broken.push({ key, reason: found.reason })
  }
  return broken
}

async function readKeyFile(vault: OpenedVault, key: string, env: EngineEnv) {
  try {
    const found = parseKeyFile(key, await vault.store.get(key, { signal: env.signal }), vault.id)
    return found.readable ? found.file : undefined
  } catch (error) {
    if (!isHoldfastError(error, 'OBJECT_MISSING')) throw error
    return undefined
  }
}
