import { readFile } from 'node:fs/promises'
import { HoldfastError, isHoldfastError } from '@holdfast/domain'
import {
  type ConfigKeySettings,
  configKeyFile,
  configKeySettings,
  findKeyring,
  readConfigKey,
  systemRandom,
  withoutOwn,
} from '@holdfast/host'
import { ConfigError, isSealedConfig, openConfig, writeSealedFile } from '@holdfast/sealed-config'
import type { Settings } from './settings.ts'

type Place = Pick<Settings, 'home' | 'path' | 'userVariables'>

/** The key that opens a sealed file of the home: the first that does, of all the places where it may be kept. */
export async function ownConfigKey(file: string, settings: Place): Promise<string | undefined> {
  const bytes = await readIfThere(file)
  if (bytes === undefined || !isSealedConfig(bytes)) return undefined
  const keys = keySettings(settings)
  let first: string | undefined
  let failure: unknown
  for (const source of ['file', 'environment', 'command', 'keyring'] as const) {
    try {
      const key = await readConfigKey(source, settings.home, keys)
      if (key !== undefined && opens(bytes, key)) return key
      first ??= key
    } catch (error) {
      // Another place may have it.
      failure ??= error
    }
  }
  if (first === undefined && failure !== undefined) throw failure
  return first
}

/**
 * The key to seal something new of the home with: what its environment names, the one that it has, or, while nothing
 * is sealed yet, a new one in the keyring or a 0600 file. LOCKED when it has one that can't be had now.
 */
export async function keyForNew(settings: Place, sealed: readonly string[]): Promise<string> {
  const { home } = settings
  const keys = keySettings(settings)
  const named = await Promise.all(
    (['environment', 'command', 'file'] as const).map((source) => readConfigKey(source, home, keys)),
  )
  const found = named.find((key) => key !== undefined)
  if (found !== undefined) return found
  const fresh = (await Promise.all(sealed.map(readIfThere))).every((bytes) => bytes === undefined)
  const made = Buffer.from(systemRandom.bytes(32)).toString('base64url')
  try {
    const kept = await readConfigKey('keyring', home, keys)
    if (kept !== undefined) return kept
    const keyring = await keys.keyring()
    if (fresh && keyring !== undefined) {
      await keyring.set(home, made)
      return made
    }
  } catch (error) {
    // A fresh home does without a keyring that nobody opens.
    if (!fresh || !isHoldfastError(error, 'LOCKED')) throw error
  }
  if (!fresh) throw new HoldfastError('CONFIG_DAMAGED', `The key file ${configKeyFile(home)} is gone.`)
  await writeSealedFile(configKeyFile(home), Buffer.from(`${made}\n`))
  return made
}

function keySettings({ path, userVariables: environment }: Place): ConfigKeySettings {
  return configKeySettings(environment, () =>
    findKeyring({ platform: process.platform, path, environment: withoutOwn(environment) }),
  )
}

function opens(bytes: Uint8Array, key: string): boolean {
  try {
    return openConfig(bytes, key).length >= 0
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return false
  }
}

/** The bytes of a file of the home, undefined when it is not there. CONFIG_DAMAGED when it can't be read. */
export async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new HoldfastError('CONFIG_DAMAGED', `${file} can't be read.`, { cause: error })
  }
}
