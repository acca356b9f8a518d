import { isHoldfastError, type VaultId } from '@holdfast/domain'
import type { ObjectInfo, ObjectStore } from '../ports.ts'
import type { EngineEnv } from './create-vault.ts'
import { DEFAULT_KDF, type KdfParameters, KeyFile, wrapMasterKey } from './keys.ts'

/** An object under keys/: a key file of this vault with the text it was read from, or why it is none. */
export type FoundKeyFile =
  | { readonly key: string; readonly readable: true; readonly file: KeyFile; readonly text: string }
  | { readonly key: string; readonly readable: false; readonly reason: string }

/** What can be said of a key file without its passphrase. */
export type KeyInfo =
  | {
      readonly key: string
      readonly readable: true
      readonly kdf: KdfParameters
      readonly created: string | null
    }
  | {
      readonly key: string
      readonly readable: false
      readonly kdf: null
      readonly created: null
      readonly reason: string
    }

const MAX_KEY_FILE = 16 * 1024

/** An object under keys/ before anything is known of the vault; `bytes` is undefined when it is too big to be read. */
export type KeyObject = {
  readonly key: string
  readonly size: number
  readonly bytes: Uint8Array | undefined
}

/**
 * Every object under keys/, in order of the names, so that they can be fetched while vault.json is. One that goes away
 * meanwhile is left out. Rejects when the remote can't be read.
 */
export async function readKeyObjects(
  outer: ObjectStore,
  env: Pick<EngineEnv, 'signal'>,
): Promise<KeyObject[]> {
  const infos: ObjectInfo[] = []
  for await (const info of outer.list('keys', { signal: env.signal })) infos.push(info)
  infos.sort((a, b) => (a.key < b.key ? -1 : 1))
  const objects: KeyObject[] = []
  for (const { key, size } of infos) {
    try {
      const bytes = size > MAX_KEY_FILE ? undefined : await outer.get(key, { signal: env.signal })
      objects.push({ key, size, bytes })
    } catch (error) {
      // Another machine changes the passphrase just now.
      if (!isHoldfastError(error, 'OBJECT_MISSING')) throw error
    }
  }
  return objects
}

/** What each object under keys/ is. One that is cut short or is of another vault is no error. */
export function keyFilesOf(objects: readonly KeyObject[], vault: VaultId): FoundKeyFile[] {
  return objects.map(({ key, size, bytes }) =>
    bytes === undefined
      ? { key, readable: false, reason: `It has ${size} bytes, too many for a key file.` }
      : parseKeyFile(key, bytes, vault),
  )
}

/** Reads every object under keys/, see `readKeyObjects` and `keyFilesOf`. */
export async function readKeyFiles(
  outer: ObjectStore,
  vault: VaultId,
  env: Pick<EngineEnv, 'signal'>,
): Promise<FoundKeyFile[]> {
  return keyFilesOf(await readKeyObjects(outer, env), vault)
}

/** The key files of a vault, without opening them: a passphrase is not needed. None in a plain vault. */
export async function listKeys(
  vault: { readonly id: VaultId; readonly outer: ObjectStore },
  env: Pick<EngineEnv, 'signal'>,
): Promise<KeyInfo[]> {
  const found = await readKeyFiles(vault.outer, vault.id, env)
  return found.map((each) =>
    each.readable
      ? { key: each.key, readable: true, kdf: each.file.kdf, created: each.file.created ?? null }
      : { key: each.key, readable: false, kdf: null, created: null, reason: each.reason },
  )
}

/** Wraps the master key under a passphrase, as bytes to be put under a name that was never used. */
export async function newKeyFile(
  vault: { readonly id: VaultId; readonly masterKey: Uint8Array },
  passphrase: string,
  env: EngineEnv & { readonly kdf?: KdfParameters | undefined },
): Promise<{ key: string; bytes: Uint8Array }> {
  const file = await wrapMasterKey(vault.masterKey, passphrase, {
    vault: vault.id,
    kdf: env.kdf ?? DEFAULT_KDF,
    created: new Date(env.clock.nowMs()),
    salt: env.random.bytes(32),
    iv: env.random.bytes(16),
  })
  const tag = Buffer.from(env.random.bytes(4)).toString('hex')
  return { key: `keys/${tag}.json`, bytes: Buffer.from(`${JSON.stringify(file, null, 2)}\n`) }
}

/** Reads the bytes of one object under keys/. */
export function parseKeyFile(key: string, bytes: Uint8Array, vault: VaultId): FoundKeyFile {
  const text = Buffer.from(bytes).toString('utf8')
  const parsed = KeyFile.safeParse(jsonOf(text))
  if (!parsed.success)
    return { key, readable: false, reason: 'It is cut short or damaged, or a newer version wrote it.' }
  if (parsed.data.vault !== vault) return { key, readable: false, reason: 'It belongs to another vault.' }
  return { key, readable: true, file: parsed.data, text }
}

/** A key file by its text; undefined for what is none. */
export function keyFileOf(text: string): KeyFile | undefined {
  return KeyFile.safeParse(jsonOf(text)).data
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the schema refuses it
  }
}
