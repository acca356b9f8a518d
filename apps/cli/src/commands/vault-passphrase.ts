import { HoldfastError } from '@holdfast/domain'
import { changePassphrase, inspectPlace, openVault } from '@holdfast/vault'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { engineEnv, type VaultOptions } from '../open-embedded-vault.ts'
import { readNewPassphrase, readPassphrase } from '../passphrase.ts'
import { openPlace } from '../place/open-place.ts'
import type { Call } from '../program.ts'

/** `holdfast vault passphrase DEST`: exit 1 when the new one opens the vault and the old one still does. */
export async function vaultPassphrase(
  { settings, output }: Call,
  dest: string,
  options: VaultOptions & { newPassphraseFile?: string },
): Promise<ExitCode> {
  await using at = await openPlace(dest, settings, { rcloneConfig: options.rcloneConfig, output })
  const env = engineEnv(settings, { get: () => undefined, put: () => {}, retain: () => {} })
  const found = await inspectPlace(at.doors.outer, env)
  if (found.kind !== 'vault') throw new HoldfastError('NOT_A_VAULT', 'There is no vault at this place.')
  if (!found.encrypted) throw new HoldfastError('USAGE', `${at.name} is a plain vault: it has no passphrase.`)

  const file = options.passphraseFile
  const old = await readPassphrase(settings, { file, confirm: false, place: at.name })
  const vault = await openVault(at.doors, { kind: 'passphrase', passphrase: old }, env)
  const change = {
    old,
    new: await readNewPassphrase(settings, { file: options.newPassphraseFile, place: at.name }),
  }
  const { added, removed, kept } = await changePassphrase(vault, change, env)
  output.answer({ vault: vault.id, place: at.name, added, removed, kept }, [
    kept.length === 0
      ? `Changed the passphrase of ${at.name}: the old one does not open it any more.`
      : `The new passphrase opens ${at.name}. The old one still does:`,
    ...kept.map(({ key, reason }) => `  ${key} could not be deleted: ${reason}`),
    ...(kept.length === 0 ? [] : ['Delete what is named here with a credential that may.']),
    'Make a new recovery kit: the one you have opens with the old passphrase only.',
  ])
  return kept.length === 0 ? EXIT.ok : EXIT.failed
}
