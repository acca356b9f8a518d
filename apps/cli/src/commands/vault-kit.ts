import { formatBytes } from '@holdfast/domain'
import { kitWriters, makeKit, readKit } from '@holdfast/vault'
import { absolutePath } from '../argument-bytes.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { openEmbeddedVault, type VaultOptions } from '../open-embedded-vault.ts'
import { refuseInsideVault } from '../own-folders.ts'
import type { Call } from '../program.ts'
import { checkNewFile, writePrivateFile } from '../write-private-file.ts'

/** `holdfast vault kit --from DEST --out FILE`: never over a file that is there, unless told with --force. */
export async function vaultKit(
  { settings, output }: Call,
  options: VaultOptions & { from: string; out: string; force?: boolean },
): Promise<ExitCode> {
  const out = absolutePath(options.out, settings.cwd)
  const force = options.force === true
  await checkNewFile(out, { force })
  await using opened = await openEmbeddedVault(options.from, options, { settings, output })
  const { vault, env, at } = opened
  refuseInsideVault(out, at.place)
  const remotes = await at.remoteOptions()
  const writers = await kitWriters(vault, env)
  const kit = await makeKit(vault, { place: at.place, remotes, writers, settings: null }, env)
  await writePrivateFile(out, kit, { force })

  const names = Object.keys(remotes)
  const notes = vault.encrypted ? notesOn(remotes) : []
  for (const note of notes) output.note(note)
  const { made, secretsLeftOut, keys } = readKit(kit)
  const document = { vault: vault.id, place: at.name, out: options.out, made, bytes: kit.length }
  output.answer({ ...document, keys: keys.length, remotes: names, secretsLeftOut, notes }, [
    `Wrote the recovery kit of ${at.name} to ${options.out} (${formatBytes(kit.length)}).`,
    vault.encrypted
      ? 'It opens with the passphrase of today. Keep it away from this machine.'
      : 'The vault is plain, so anybody can open the kit.',
    ...(secretsLeftOut && names.length > 0
      ? [`It does not hold how to sign in to ${names.join(', ')}: keep that yourself.`]
      : []),
  ])
  return EXIT.ok
}

/** What a second machine will miss although everything that rclone knows is in the kit. */
function notesOn(remotes: Readonly<Record<string, Readonly<Record<string, string>>>>): string[] {
  return Object.entries(remotes).flatMap(([name, section]) => [
    ...((section.token ?? '') === ''
      ? []
      : [
          `The sign-in of "${name}" is in the kit, but may have ended when you need it; you can sign in again.`,
        ]),
    ...Object.entries(section)
      .filter(([key, value]) => key.endsWith('_file') && value !== '')
      .map(([key, value]) => `"${name}" needs the file ${value} (${key}), which is not in the kit.`),
  ])
}
