import { HoldfastError } from '@holdfast/domain'
import { readSecretLine, typedOnce, typedTwice } from './passphrase.ts'
import type { Settings } from './settings.ts'

/**
 * The password of an rclone configuration: the first line of a file, else RCLONE_CONFIG_PASS, else HOLDFAST_CONFIG_KEY,
 * else typed (twice with `confirm`). PASSPHRASE_MISSING when none of these gives one.
 */
export async function readConfigPassword(
  settings: Settings,
  options: { passwordFile?: string; name: string; confirm: boolean },
): Promise<string> {
  const next = 'Give --password-file, RCLONE_CONFIG_PASS or HOLDFAST_CONFIG_KEY, or type it when asked.'
  if (options.passwordFile !== undefined) return await readSecretLine(options.passwordFile, 'password')
  const given = settings.rcloneConfigPassword || settings.userVariables.HOLDFAST_CONFIG_KEY
  if (given !== undefined && given !== '') return given
  const question = `Password of ${options.name}: `
  return await asked(question, { settings, next, twice: options.confirm })
}

/** What it is sealed with from now on: the first line of a file, else HOLDFAST_NEW_CONFIG_KEY, else typed twice. */
export async function readNewConfigPassword(
  settings: Settings,
  options: { newPasswordFile?: string; name: string },
): Promise<string> {
  const next = 'Give --new-password-file or HOLDFAST_NEW_CONFIG_KEY, or type it when asked.'
  if (options.newPasswordFile !== undefined) return await readSecretLine(options.newPasswordFile, 'password')
  if (settings.newConfigPassword !== undefined && settings.newConfigPassword !== '')
    return settings.newConfigPassword
  return await asked(`New password of ${options.name}: `, { settings, next, twice: true })
}

async function asked(
  question: string,
  { settings, next, twice }: { settings: Settings; next: string; twice: boolean },
): Promise<string> {
  if (!process.stdin.isTTY)
    throw new HoldfastError('PASSPHRASE_MISSING', 'The password is missing.', { next })
  return await (twice ? typedTwice : typedOnce)(question, settings.signal)
}
