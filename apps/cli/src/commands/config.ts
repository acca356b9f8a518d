import { HoldfastError } from '@holdfast/domain'
import { absolutePath } from '../argument-bytes.ts'
import { openConfigFile, readConfigFile, refuseOwn, replaceConfigFile } from '../config-file.ts'
import { readConfigPassword, readNewConfigPassword } from '../config-password.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Call } from '../program.ts'
import { checkNewFile, writePrivateFile } from '../write-private-file.ts'

export type ConfigOptions = { passwordFile?: string }

/** `holdfast config seal FILE`: encrypts an rclone configuration in place, as rclone does. */
export async function configSeal(
  { settings, output }: Call,
  file: string,
  options: ConfigOptions,
): Promise<ExitCode> {
  const found = await readConfigFile(pathOf(file, settings.cwd))
  if (found.sealed)
    throw new HoldfastError('INPUT_INVALID', `${file} is sealed already.`, {
      next: 'Give it another password with `config rotate`.',
    })
  await refuseOwn(found, settings)
  const password = await readConfigPassword(settings, { ...options, name: file, confirm: true })
  await replaceConfigFile(found, found.bytes, { password, settings })
  output.answer({ file, sealed: true }, [`Sealed ${file}. rclone asks for its password from now on.`])
  return EXIT.ok
}

/** `holdfast config open FILE`: the clear content to standard output, or into a file of one's own. */
export async function configOpen(
  { settings, output }: Call,
  file: string,
  options: ConfigOptions & { out?: string; force?: boolean },
): Promise<ExitCode> {
  const out = options.out === undefined ? undefined : absolutePath(options.out, settings.cwd)
  const force = options.force === true
  if (out !== undefined) await checkNewFile(out, { force })
  const found = await readConfigFile(pathOf(file, settings.cwd))
  const password = found.sealed
    ? await readConfigPassword(settings, { ...options, name: file, confirm: false })
    : ''
  const clear = openConfigFile(found, password)
  if (out !== undefined) {
    await writePrivateFile(out, clear, { force })
    output.answer({ file, out: options.out }, [
      `Wrote ${options.out}, readable to you alone. It is not sealed.`,
    ])
  } else if (output.json) output.answer({ file, text: Buffer.from(clear).toString('utf8') }, [])
  else await output.write(clear)
  return EXIT.ok
}

/** `holdfast config rotate FILE`: encrypts it again under another password. */
export async function configRotate(
  { settings, output }: Call,
  file: string,
  options: ConfigOptions & { newPasswordFile?: string },
): Promise<ExitCode> {
  const found = await readConfigFile(pathOf(file, settings.cwd))
  await refuseOwn(found, settings)
  const old = found.sealed
    ? await readConfigPassword(settings, { ...options, name: file, confirm: false })
    : ''
  const clear = openConfigFile(found, old)
  const password = await readNewConfigPassword(settings, { ...options, name: file })
  await replaceConfigFile(found, clear, { password, settings })
  output.answer({ file, sealed: true }, [
    `Sealed ${file} with the new password. The old one does not open it.`,
  ])
  return EXIT.ok
}

function pathOf(file: string, cwd: Uint8Array): string {
  return absolutePath(file, cwd).toString()
}
