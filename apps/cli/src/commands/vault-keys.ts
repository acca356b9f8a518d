import { HoldfastError } from '@holdfast/domain'
import { inspectPlace, type KeyInfo, listKeys } from '@holdfast/vault'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { localTime } from '../local-time.ts'
import type { VaultOptions } from '../open-embedded-vault.ts'
import { openPlace } from '../place/open-place.ts'
import type { Call } from '../program.ts'
import { tableOf } from '../table.ts'

/** `holdfast vault keys DEST`: needs no passphrase. */
export async function vaultKeys(
  { settings, output }: Call,
  dest: string,
  options: Pick<VaultOptions, 'rcloneConfig'>,
): Promise<ExitCode> {
  await using at = await openPlace(dest, settings, { rcloneConfig: options.rcloneConfig, output })
  const found = await inspectPlace(at.doors.outer, { signal: settings.signal })
  if (found.kind !== 'vault') throw new HoldfastError('NOT_A_VAULT', 'There is no vault at this place.')
  const keys = await listKeys({ id: found.id, outer: at.doors.outer }, { signal: settings.signal })
  output.answer(keys, linesOf(keys, found.encrypted))
  return EXIT.ok
}

function linesOf(keys: readonly KeyInfo[], encrypted: boolean): string[] {
  if (!encrypted) return ['A plain vault has no keys: anybody can read it.']
  if (keys.length === 0) return ['The vault has no key left. Only a recovery kit can open it now.']
  const rows = keys.map((each) => {
    if (!each.readable) return [each.key, '', each.reason]
    const { name, n, r, p } = each.kdf
    const created = each.created === null ? '' : localTime(new Date(each.created))
    return [each.key, created, `${name}, N ${n}, r ${r}, p ${p}`]
  })
  return tableOf(['key', 'made', 'how its passphrase is stretched'], rows)
}
