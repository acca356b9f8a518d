import { HoldfastError, isHoldfastError, type WriterId } from '@holdfast/domain'
import { putVerified } from '../pack/put-verified.ts'
import type { ObjectInfo } from '../ports.ts'
import { MAX_SEALED_BYTES } from '../snapshot/sealed-json.ts'
import type { EngineEnv } from '../vault/create-vault.ts'
import { settingsKeys } from '../vault/keys.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import type { SealedBoxKeys } from '../vault/sealed-box.ts'
import {
  parseSettingsKey,
  readSettingsBody,
  type SettingsBody,
  type SettingsHead,
  settingsKey,
  writeSettings,
} from './settings-format.ts'
import { SETTINGS_KEYS } from './settings-key.ts'

/** Who stores something under `settings/`. */
export type SettingsWriter = {
  readonly writer: WriterId
  /** 16 hex digits. */
  readonly installation: string
  /** The key that a plain vault's settings have of their own; see settings-key.ts. */
  readonly ownKey?: Uint8Array | undefined
}

/** An object that has the name of settings. */
export type SettingsObject = Pick<ObjectInfo, 'key' | 'size'>

/** An object that looks like settings and is none, or can't be read. */
export type BrokenSettings = { readonly key: string; readonly reason: string }

const ATTEMPTS = 3
const MAX_ROUNDS = 6

/**
 * Puts one object with the next number of its writer and answers its key when the remote gives it back byte for byte
 * and shows none with the same number or a higher one: what was put last is what is read first. Rejects with the
 * store's error after three attempts, with VAULT_CHANGED when others keep putting meanwhile.
 */
export async function putSettingsObject(
  vault: OpenedVault,
  by: SettingsWriter,
  what: { readonly content: unknown } & Pick<SettingsHead, 'kind' | 'from' | 'to' | 'secretsLeftOut'>,
  env: EngineEnv,
): Promise<{ key: string; number: number }> {
  const { content, ...facts } = what
  const time = new Date(env.clock.nowMs())
  let highest = await highestNumber(vault, by.writer, env)
  let failures = 0
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const head: SettingsHead = {
      ...{ format: 'holdfast-settings', version: 1, vault: vault.id, writer: by.writer },
      ...{ installation: by.installation, number: highest + 1, time: time.toISOString(), ...facts },
      sealedBy: by.ownKey === undefined ? 'vault' : 'passphrase',
    }
    const key = settingsKey(head, time, Buffer.from(env.random.bytes(2)).toString('hex'))
    try {
      await putAndCompare(vault, key, head, { content, keys: keysFor(vault, by.ownKey) }, env)
      const listed = await numbersOf(vault, by.writer, env)
      highest = Math.max(...[...listed].map(([other, number]) => (other === key ? 0 : number)), 0)
      if (!listed.has(key))
        throw new HoldfastError('REMOTE_LIES', `The remote took ${key} and does not show it.`)
      if (highest < head.number) return { key, number: head.number }
    } catch (error) {
      failures += 1
      if (failures === ATTEMPTS || !isHoldfastError(error) || !error.retryable) throw error
      env.signal?.throwIfAborted()
      // The failed one may still land.
      highest = Math.max(highest, head.number)
    }
  }
  throw new HoldfastError('VAULT_CHANGED', 'Other installations keep storing settings of this machine.')
}

/** The keys under `settings/<writer>`, the newest first. Of two with one number the one whose name sorts last. */
export async function listSettings(
  vault: OpenedVault,
  writer: WriterId,
  env: EngineEnv,
): Promise<{ keys: string[]; broken: BrokenSettings[] }> {
  const keys: string[] = []
  const broken: BrokenSettings[] = []
  for await (const { key, size } of vault.store.list(`settings/${writer}`, { signal: env.signal })) {
    if (parseSettingsKey(key) === undefined)
      broken.push({ key, reason: `${key} is not the name of settings.` })
    else if (size > MAX_SEALED_BYTES) broken.push(tooBig(key, size))
    else keys.push(key)
  }
  return { keys: keys.sort().reverse(), broken: broken.sort((a, b) => (a.key < b.key ? -1 : 1)) }
}

/**
 * What has the name of settings, of each machine, the newest first; and what else lies there but key files. Rejects when the remote
 * can't be read.
 */
export async function listAllSettings(
  vault: OpenedVault,
  env: EngineEnv,
): Promise<{ machines: Map<WriterId, SettingsObject[]>; strangers: string[] }> {
  const machines = new Map<WriterId, SettingsObject[]>()
  const strangers: string[] = []
  for await (const { key, size } of vault.store.list('settings', { signal: env.signal })) {
    const writer = parseSettingsKey(key)?.writer
    if (writer === undefined) {
      if (!key.startsWith(`${SETTINGS_KEYS}/`)) strangers.push(key)
    } else machines.set(writer, [...(machines.get(writer) ?? []), { key, size }])
  }
  for (const objects of machines.values()) objects.sort((a, b) => (a.key < b.key ? 1 : -1))
  return { machines, strangers }
}

/** As `readSettingsObject`, for one that was listed: bigger than any settings are, it is not fetched. */
export async function readListedSettings(
  vault: OpenedVault,
  { key, size }: SettingsObject,
  env: EngineEnv,
): Promise<SettingsBody | BrokenSettings> {
  return size > MAX_SEALED_BYTES ? tooBig(key, size) : await readSettingsObject(vault, key, env)
}

/** An object that verifies, or why it does not; read twice before that is said. VAULT_NEWER stops everything. */
export async function readSettingsObject(
  vault: OpenedVault,
  key: string,
  env: EngineEnv,
): Promise<SettingsBody | BrokenSettings> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return readSettingsBody(key, await vault.store.get(key, { signal: env.signal }), vault)
    } catch (error) {
      if (!isHoldfastError(error, 'VAULT_DAMAGED') && !isHoldfastError(error, 'OBJECT_MISSING')) throw error
      if (attempt === 2) return { key, reason: error.message }
    }
  }
}

function tooBig(key: string, size: number): BrokenSettings {
  return { key, reason: `${key} has ${size} bytes, too many.` }
}

/** The keys of the box of an object: the vault's own, or those of a plain vault's settings. */
export function keysFor(vault: OpenedVault, ownKey: Uint8Array | undefined): SealedBoxKeys {
  if (ownKey === undefined) return vault.keys.settings
  if (vault.encrypted)
    throw new HoldfastError('INTERNAL', 'The settings of an encrypted vault have no key of their own.')
  return settingsKeys(ownKey, vault.id)
}

async function putAndCompare(
  vault: OpenedVault,
  key: string,
  head: SettingsHead,
  { content, keys }: { content: unknown; keys: SealedBoxKeys },
  env: EngineEnv,
): Promise<void> {
  const bytes = writeSettings(key, head, content, { mac: vault.keys.mac, keys, iv: env.random.bytes(16) })
  await putVerified(vault.store, key, bytes, env)
  const back = await vault.store.get(key, { signal: env.signal })
  if (Buffer.from(bytes).equals(back)) return
  throw new HoldfastError('REMOTE_LIES', `The remote gave back something else than ${key}.`)
}

async function highestNumber(vault: OpenedVault, writer: WriterId, env: EngineEnv): Promise<number> {
  return Math.max(0, ...(await numbersOf(vault, writer, env)).values())
}

async function numbersOf(
  vault: OpenedVault,
  writer: WriterId,
  env: EngineEnv,
): Promise<ReadonlyMap<string, number>> {
  const numbers = new Map<string, number>()
  for await (const { key } of vault.store.list(`settings/${writer}`, { signal: env.signal })) {
    const named = parseSettingsKey(key)
    if (named !== undefined) numbers.set(key, named.number)
  }
  return numbers
}
