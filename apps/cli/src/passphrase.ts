import { readFile } from 'node:fs/promises'
import { HoldfastError } from '@holdfast/domain'
import { askHidden } from './ask.ts'
import type { Settings } from './settings.ts'

/**
 * The vault's passphrase: the first line of `file`, else HOLDFAST_PASSPHRASE, else typed at the terminal (twice with
 * `confirm`). PASSPHRASE_MISSING when none of these gives one, CANCELLED when the user gives up.
 */
export async function readPassphrase(
  settings: Settings,
  options: { file: string | undefined; confirm: boolean; place: string },
): Promise<string> {
  const given = await givenPassphrase(settings, options.file)
  if (given !== undefined) return given
  if (!process.stdin.isTTY)
    throw new HoldfastError('PASSPHRASE_MISSING', `The vault at ${options.place} has a passphrase.`)
  const question = `Passphrase of ${options.place}: `
  return await (options.confirm ? typedTwice : typedOnce)(question, settings.signal)
}

/** The passphrase where nobody has to be asked for it. PASSPHRASE_MISSING when the file does not give it. */
export async function givenPassphrase(
  settings: Settings,
  file: string | undefined,
): Promise<string | undefined> {
  if (file !== undefined) return await readSecretLine(file)
  return settings.passphrase === '' ? undefined : settings.passphrase
}

/**
 * What a passphrase is changed to: the first line of `file`, else HOLDFAST_NEW_PASSPHRASE, else typed twice at the
 * terminal. Rejects as `readPassphrase` does.
 */
export async function readNewPassphrase(
  settings: Settings,
  options: { file: string | undefined; place: string },
): Promise<string> {
  const next = 'Give --new-passphrase-file, HOLDFAST_NEW_PASSPHRASE, or type it when asked.'
  if (options.file !== undefined) return await readSecretLine(options.file)
  if (settings.newPassphrase !== undefined && settings.newPassphrase !== '') return settings.newPassphrase
  if (!process.stdin.isTTY)
    throw new HoldfastError('PASSPHRASE_MISSING', 'The new passphrase is missing.', { next })
  return await typedTwice(`New passphrase of ${options.place}: `, settings.signal)
}

/** Typed at the terminal, unseen, and once more. PASSPHRASE_MISSING when the two differ, CANCELLED. */
export async function typedTwice(question: string, signal: AbortSignal): Promise<string> {
  const typed = await typedOnce(question, signal)
  if ((await askHidden('The same again: ', signal)) === typed) return typed
  throw new HoldfastError('PASSPHRASE_MISSING', 'The two passphrases differ.', { next: 'Start again.' })
}

/** Typed at the terminal, unseen. PASSPHRASE_MISSING when nothing was, CANCELLED. */
export async function typedOnce(question: string, signal: AbortSignal): Promise<string> {
  const typed = await askHidden(question, signal)
  if (typed === '') throw new HoldfastError('PASSPHRASE_MISSING', 'No passphrase was typed.')
  return typed
}

/** The first line of a file. PASSPHRASE_MISSING when it can't be read or that line is empty. */
export async function readSecretLine(file: string, what = 'passphrase'): Promise<string> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new HoldfastError('PASSPHRASE_MISSING', `The ${what} file ${file} can't be read.`, {
      cause: error,
    })
  }
  const [line = ''] = text.split(/\r?\n/, 1)
  if (line === '') throw new HoldfastError('PASSPHRASE_MISSING', `The first line of ${file} is empty.`)
  return line
}
