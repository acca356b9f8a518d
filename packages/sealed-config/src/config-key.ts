import { createHash } from 'node:crypto'
import { ConfigError } from './config-error.ts'

/**
 * The 32-byte key that rclone makes of a config password: SHA-256 of `[` + NFKC(password) + `][rclone-config]`.
 * There is no salt and no stretching: use a random password, never one that a human thought of. Surrounding spaces
 * count. Throws CONFIG_PASSWORD_INVALID for a blank password or one with half a surrogate pair.
 */
export function configKey(password: string): Uint8Array {
  if (!password.isWellFormed())
    throw new ConfigError('CONFIG_PASSWORD_INVALID', 'The config password is not valid Unicode.')
  if (password.trim() === '')
    throw new ConfigError('CONFIG_PASSWORD_INVALID', 'The config password is blank.')
  return createHash('sha256')
    .update(`[${password.normalize('NFKC')}][rclone-config]`, 'utf8')
    .digest()
}
