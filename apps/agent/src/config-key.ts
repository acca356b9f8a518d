import { link, rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { HoldfastError, isHoldfastError } from '@holdfast/domain'
import {
  CONFIG_KEY_SOURCES,
  type ConfigKeySettings,
  type ConfigKeySource,
  configKeyFile,
  NEXT_FOR_KEY_FILE,
  readConfigKey,
} from '@holdfast/host'
import {
  ConfigError,
  isSealedConfig,
  NONCE_BYTES,
  openConfig,
  sealConfig,
  writeSealedFile,
} from '@holdfast/sealed-config'
import type { Random } from '@holdfast/vault/ports'
import { readIfThere } from './read-if-there.ts'

/** The key that seals a home's configuration, and where it is kept. */
export type ConfigKey = { readonly key: string; readonly source: ConfigKeySource }

/**
 * The key of a home, made in a fresh one. What the machine's environment names comes first (HOLDFAST_CONFIG_KEY_FROM,
 * a key, a command); otherwise a home stays with the place that has its key, and a fresh one takes the keyring where
 * there is one, else a 0600 file. Files sealed with a key from another of these places are sealed again, one after the
 * other: after a crash in between the next start goes on. A file that no key at hand opens is left as it is.
 * CONFIG_DAMAGED when a sealed file is there and its key is not; LOCKED, INPUT_INVALID as `readConfigKey`.
 */
export async function openConfigKey(
  home: string,
  files: readonly string[],
  { settings, random }: { settings: ConfigKeySettings; random: Random },
): Promise<ConfigKey> {
  // What a crash left; never more than another name of the key.
  await rm(draftOf(home), { force: true })
  const sealed = await sealedAmong(files)
  const found = await chosen(home, [...sealed.keys()], { settings, random })
  const others = await resealed(home, sealed, found, { settings, random })
  // Nothing is sealed with these any more.
  if (others.has('file')) await rm(configKeyFile(home), { force: true })
  if (others.has('keyring')) await (await settings.keyring())?.remove(home)
  return found
}

type Parts = { readonly settings: ConfigKeySettings; readonly random: Random }

async function chosen(home: string, sealed: readonly string[], parts: Parts): Promise<ConfigKey> {
  const { settings } = parts
  const named = settings.from ?? namedBy(settings)
  if (named !== undefined) {
    const key = await readConfigKey(named, home, settings)
    return key === undefined ? await madeIn(named, home, sealed, parts) : { key, source: named }
  }
  const inFile = await readConfigKey('file', home, settings)
  if (inFile !== undefined) return { key: inFile, source: 'file' }
  try {
    const inKeyring = await readConfigKey('keyring', home, settings)
    if (inKeyring !== undefined) return { key: inKeyring, source: 'keyring' }
    if (sealed[0] === undefined && (await settings.keyring()) !== undefined)
      return await madeIn('keyring', home, sealed, parts)
  } catch (error) {
    // What is sealed may need the key in there. A fresh home does without a keyring that nobody opens.
    if (!isHoldfastError(error, 'LOCKED') || sealed[0] !== undefined) throw error
  }
  if (sealed[0] !== undefined) throw keyGone(home, sealed[0])
  return await madeIn('file', home, sealed, parts)
}

function namedBy({ key, command }: ConfigKeySettings): ConfigKeySource | undefined {
  if (key !== undefined) return 'environment'
  return command === undefined ? undefined : 'command'
}

/** Makes a key where the machine asks for one. Only places that keep something can hold a new one. */
async function madeIn(
  source: ConfigKeySource,
  home: string,
  sealed: readonly string[],
  { settings, random }: Parts,
): Promise<ConfigKey> {
  const key = Buffer.from(random.bytes(32)).toString('base64url')
  switch (source) {
    case 'environment':
    case 'command':
      throw new HoldfastError(
        'INPUT_INVALID',
        `HOLDFAST_CONFIG_KEY_FROM says ${source}, and there is none.`,
        {
          next: `Give HOLDFAST_CONFIG_KEY${source === 'command' ? '_COMMAND' : ''}, or another place.`,
        },
      )
    case 'keyring': {
      const keyring = await settings.keyring()
      if (keyring === undefined)
        throw new HoldfastError('LOCKED', 'This system has no keyring that Holdfast can use.', {
          next: 'Set HOLDFAST_CONFIG_KEY_FROM to file, or start Holdfast in your session.',
        })
      await keyring.set(home, key)
      return { key, source }
    }
    case 'file': {
      const other = await anyOtherKey(home, { settings, random })
      if (sealed[0] !== undefined && !other) throw keyGone(home, sealed[0])
      await writeKeyFile(home, key)
      return { key, source }
    }
    default:
      return source satisfies never
  }
}

/** Whether something that is sealed may be opened with a key from elsewhere. */
async function anyOtherKey(home: string, { settings }: Parts): Promise<boolean> {
  for (const source of ['environment', 'command', 'keyring'] as const)
    if ((await keyAt(source, home, settings)) !== undefined) return true
  return false
}

/** Seals again what opens with another key at hand. Answers the places whose keys have opened something. */
async function resealed(
  home: string,
  sealed: ReadonlyMap<string, Uint8Array>,
  found: ConfigKey,
  { settings, random }: Parts,
): Promise<ReadonlySet<ConfigKeySource>> {
  const used = new Set<ConfigKeySource>()
  let left = false
  for (const [file, bytes] of sealed) {
    if (clearText(bytes, found.key) !== undefined) continue
    const other = await openedElsewhere(bytes, home, { settings, found })
    left ||= other === undefined
    if (other === undefined) continue
    await writeSealedFile(file, sealConfig(other.clear, found.key, random.bytes(NONCE_BYTES)))
    used.add(other.source)
  }
  // A damaged file may still be mended by hand, and then needs the key that it was sealed with.
  return left ? new Set() : used
}

async function openedElsewhere(
  bytes: Uint8Array,
  home: string,
  { settings, found }: { settings: ConfigKeySettings; found: ConfigKey },
): Promise<{ clear: Uint8Array; source: ConfigKeySource } | undefined> {
  for (const source of CONFIG_KEY_SOURCES) {
    if (source === found.source) continue
    const key = await keyAt(source, home, settings)
    const clear = key === undefined ? undefined : clearText(bytes, key)
    if (clear !== undefined) return { clear, source }
  }
  return undefined
}

/** A key from a place that is asked only in case; one that does not answer has none. */
async function keyAt(
  source: ConfigKeySource,
  home: string,
  settings: ConfigKeySettings,
): Promise<string | undefined> {
  try {
    return await readConfigKey(source, home, settings)
  } catch (error) {
    if (!isHoldfastError(error)) throw error
    return undefined
  }
}

function clearText(bytes: Uint8Array, key: string): Uint8Array | undefined {
  try {
    return openConfig(bytes, key)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return undefined
  }
}

async function sealedAmong(files: readonly string[]): Promise<Map<string, Uint8Array>> {
  const sealed = new Map<string, Uint8Array>()
  for (const file of files) {
    const bytes = await readIfThere(file)
    if (bytes !== undefined && isSealedConfig(bytes)) sealed.set(file, bytes)
  }
  return sealed
}

/** Whole or not there: half a key left by a crash would keep every later start out. A link never replaces a key. */
async function writeKeyFile(home: string, key: string): Promise<void> {
  const draft = draftOf(home)
  await writeSealedFile(draft, Buffer.from(`${key}\n`))
  try {
    await link(draft, configKeyFile(home))
  } finally {
    await rm(draft, { force: true })
  }
}

const draftOf = (home: string) => `${configKeyFile(home)}.new`

function keyGone(home: string, needs: string): HoldfastError {
  const file = configKeyFile(home)
  return new HoldfastError('CONFIG_DAMAGED', `The key file ${file} is gone, and ${needs} needs it.`, {
    next: `If the key of ${basename(needs)} was kept elsewhere, give it again (HOLDFAST_CONFIG_KEY, its command, the keyring). Otherwise: ${NEXT_FOR_KEY_FILE}`,
  })
}
