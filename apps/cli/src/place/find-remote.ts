import { join, resolve } from 'node:path'
import { HoldfastError } from '@holdfast/domain'
import { ConfigError, isSealedConfig, openConfig } from '@holdfast/sealed-config'
import { ownConfigKey, readIfThere } from '../own-config-key.ts'
import type { Settings } from '../settings.ts'

/** The rclone config that holds a remote: a file that rclone may write to, or one to be read only. */
export type RemoteConfig = (
  | { readonly kind: 'writable'; readonly file: string; readonly password: string | undefined }
  | { readonly kind: 'read-only'; readonly content: Uint8Array }
) & {
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
  if ((await contentWith({ file: ownFile, password: ownKey }, name)) !== undefined)
    return { kind: 'writable', file: ownFile, password: ownKey, whose: "Holdfast's own configuration" }

  const theirs = {
    password: settings.rcloneConfigPassword,
    next: 'Check its password in RCLONE_CONFIG_PASS.',
  }
  const { password } = theirs
  if (given !== undefined) {
    if ((await readIfThere(given)) === undefined)
      throw new HoldfastError('REMOTE_UNKNOWN', `There is no rclone configuration at ${given}.`)
    if ((await contentWith({ file: given, ...theirs }, name)) !== undefined)
      return { kind: 'writable', file: resolve(given), password, whose: given }
  }
  for (const file of settings.defaultRcloneConfigs) {
    if ((await readIfThere(file)) === undefined) continue
    const content = await contentWith({ file, ...theirs }, name)
    if (content !== undefined) return { kind: 'read-only', content, whose: `${file} (read only)` }
    break
  }
  throw new HoldfastError('REMOTE_UNKNOWN', `No configuration has a remote "${name}".`)
}

/** A config as a file; `next` is what to do when its password does not open it. */
type ConfigFile = {
  readonly file: string
  readonly password: string | undefined
  readonly next?: string
}

/** What a config says, in clear, when it has the remote. */
async function contentWith(config: ConfigFile, name: string): Promise<Uint8Array | undefined> {
  const bytes = await readIfThere(config.file)
  if (bytes === undefined) return undefined
  const content = isSealedConfig(bytes) ? opened(config, bytes) : bytes
  const headers = Buffer.from(content)
    .toString('utf8')
    .matchAll(/^\s*\[(.*)\]\s*$/gm)
  return headers.some((match) => match[1] === name) ? content : undefined
}

function opened({ file, password, next }: ConfigFile, bytes: Uint8Array): Uint8Array {
  if (password === undefined)
    throw new HoldfastError('CONFIG_DAMAGED', `${file} is encrypted.`, {
      next: 'Give its password in RCLONE_CONFIG_PASS.',
    })
  try {
    return openConfig(bytes, password)
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause
    throw new HoldfastError('CONFIG_DAMAGED', `${file} does not open: ${cause.message}`, {
      cause,
      ...(next === undefined ? {} : { next }),
    })
  }
}
