import { join, resolve } from 'node:path'
import { HoldfastError } from '@holdfast/domain'
import { ConfigError, isSealedConfig, openConfig } from '@holdfast/sealed-config'
import { ownConfigKey, readIfThere } from '../own-config-key.ts'
import type { Settings } from '../settings.ts'

/** The rclone config that holds a remote. `lend` says that the file is not ours: rclone gets a copy of it. */
export type RemoteConfig = {
  readonly file: string
  readonly password: string | undefined
  readonly lend: boolean
  /** For people: where the remote was found. */
  readonly whose: string
}

/**
 * Looks a remote's name up in Holdfast's own config, then in `given` (--rclone-config), then where rclone itself
 * looks. REMOTE_UNKNOWN when none has it, CONFIG_DAMAGED when a config can't be opened.
 */
export async function findRemote(
  name: string,
  settings: Settings,
  given: string | undefined,
): Promise<RemoteConfig> {
  const ownFile = join(settings.home, 'rclone.conf')
  const ownKey = await ownConfigKey(ownFile, settings)
  if (await holds(ownFile, name, ownKey))
    return { file: ownFile, password: ownKey, lend: false, whose: "Holdfast's own configuration" }

  const { rcloneConfigPassword: password } = settings
  if (given !== undefined) {
    if ((await readIfThere(given)) === undefined)
      throw new HoldfastError('REMOTE_UNKNOWN', `There is no rclone configuration at ${given}.`)
    if (await holds(given, name, password))
      return { file: resolve(given), password, lend: false, whose: given }
  }
  for (const file of settings.defaultRcloneConfigs) {
    if ((await readIfThere(file)) === undefined) continue
    if (await holds(file, name, password)) return { file, password, lend: true, whose: `${file} (read only)` }
    break
  }
  throw new HoldfastError('REMOTE_UNKNOWN', `No configuration has a remote "${name}".`)
}

async function holds(file: string, name: string, password: string | undefined): Promise<boolean> {
  const bytes = await readIfThere(file)
  if (bytes === undefined) return false
  const text = isSealedConfig(bytes) ? opened(file, bytes, password) : bytes
  const headers = Buffer.from(text)
    .toString('utf8')
    .matchAll(/^\s*\[(.*)\]\s*$/gm)
  return headers.some((match) => match[1] === name)
}

function opened(file: string, bytes: Uint8Array, password: string | undefined): Uint8Array {
  if (password === undefined)
    throw new HoldfastError('CONFIG_DAMAGED', `${file} is encrypted.`, {
      next: 'Give its password in RCLONE_CONFIG_PASS.',
    })
  try {
    return openConfig(bytes, password)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new HoldfastError('CONFIG_DAMAGED', `${file} does not open: ${error.message}`, { cause: error })
  }
}
