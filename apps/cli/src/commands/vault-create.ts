import { readdir } from 'node:fs/promises'
import { HoldfastError } from '@holdfast/domain'
import { createVault } from '@holdfast/vault'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { engineEnv, type VaultOptions } from '../open-embedded-vault.ts'
import { readPassphrase } from '../passphrase.ts'
import { type OpenPlace, openPlace } from '../place/open-place.ts'
import type { Call } from '../program.ts'
import { rememberedKeyFile } from '../remembered-key-file.ts'

/** `holdfast vault create DEST`: only in a missing or empty folder, never over a vault. */
export async function vaultCreate(
  { settings, output }: Call,
  dest: string,
  options: VaultOptions & { plain?: boolean },
): Promise<ExitCode> {
  await using at = await openPlace(dest, settings, { rcloneConfig: options.rcloneConfig, output })
  await refuseOccupied(at)
  const secret =
    options.plain === true
      ? ({ kind: 'plain' } as const)
      : ({
          kind: 'passphrase',
          passphrase: await readPassphrase(settings, {
            file: options.passphraseFile,
            confirm: true,
            place: at.name,
          }),
          // The first backup into it is likely to come from here.
          onWrapped: rememberedKeyFile(dest, settings).remember,
        } as const)
  const env = engineEnv(settings, { get: () => undefined, put: () => {}, retain: () => {} })
  const vault = await createVault(at.doors, secret, env)
  at.home.remember(vault.id)
  output.answer({ id: vault.id, place: at.name, encrypted: vault.encrypted }, [
    `Made ${vault.encrypted ? 'an encrypted' : 'a plain'} vault at ${at.name}.`,
    ...(vault.encrypted ? ['Keep the passphrase: without it nobody can read the vault, nor we.'] : []),
  ])
  return EXIT.ok
}

/** rclone lists files only; a folder that holds nothing but folders is not empty either. */
async function refuseOccupied({ place, name }: OpenPlace): Promise<void> {
  if (place.kind !== 'folder') return
  let names: string[]
  try {
    names = await readdir(place.path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT') return
    const why = code === 'ENOTDIR' ? 'is not a folder' : "can't be read"
    throw new HoldfastError('TARGET_NOT_WRITABLE', `${name} ${why}.`, { cause: error })
  }
  if (names.length === 0 || names.includes('vault.json')) return
  throw new HoldfastError(
    'PLACE_NOT_EMPTY',
    `${name} is not empty: it holds ${names.slice(0, 3).join(', ')}.`,
  )
}
