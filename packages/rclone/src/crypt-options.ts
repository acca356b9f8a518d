import { HoldfastError, type VaultPlace } from '@holdfast/domain'
import type { Random } from '@holdfast/vault/ports'
import { obscure } from './obscure.ts'
import { placeFs } from './place.ts'

/** The two passwords of an rclone crypt remote, in clear. */
export type CryptPasswords = { readonly password: string; readonly password2: string }

/**
 * The options of the crypt remote that lies over `baseFs`, passwords obscured as rclone wants them: for a named remote
 * in the daemon's environment or its sealed config, never for an fs string.
 */
export function cryptOptions(
  baseFs: string,
  passwords: CryptPasswords,
  random: Random,
): Record<string, string> {
  return {
    type: 'crypt',
    remote: baseFs,
    password: obscure(passwords.password, random.bytes(16)),
    password2: obscure(passwords.password2, random.bytes(16)),
    filename_encryption: 'standard',
    directory_name_encryption: 'true',
    filename_encoding: 'base32',
  }
}

/** What the crypt remote of a vault at `place` lies over, as rclone writes it. */
export function encryptedFs(place: VaultPlace): string {
  const inner = placeFs(place, 'v1')
  return place.kind === 'folder' ? withoutChecksums(inner) : inner
}

/**
 * A folder on this machine as an fs string that says it has no checksums, for a crypt remote to lie over: rclone 1.60
 * makes an MD5 sum of all that it encrypts for a folder, and reads it back to compare, whatever IgnoreChecksum says, in
 * two thirds of its time. A `combine` has the checksums that all its parts have, and a `chunker` of this kind, its
 * second part, which nothing is ever put into, has none (crypt.go, combine.go, chunker.go of rclone 1.60.1).
 */
export function withoutChecksums(folder: string): string {
  const upstreams = [`v=${folder}`, 'n=:chunker,remote=/,hash_type=none:'].map(quoted).join(' ')
  return `:combine,upstreams=${quoted(upstreams)}:v`
}

/**
 * The same remote as an fs string, for an rclone whose configuration must not hold it: nothing of it is written down
 * there. INPUT_INVALID for a folder with `]` in its name, where rclone would end the string.
 */
export function inlineCrypt(baseFs: string, passwords: CryptPasswords, random: Random): string {
  if (baseFs.includes(']'))
    throw new HoldfastError(
      'INPUT_INVALID',
      `A borrowed rclone can't reach an encrypted vault in ${baseFs}.`,
      {
        next: 'Choose a folder without ] in its name.',
      },
    )
  const { type, ...options } = cryptOptions(baseFs, passwords, random)
  const said = Object.entries(options).map(([name, value]) => `${name}=${quoted(value)}`)
  return `:${type},${said.join(',')}:`
}

/** As connection strings and lists of upstreams have it. */
function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`
}
