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
  if (options.file !== undefined) return await fromFile(options.file)
  if (settings.passphrase !== undefined && settings.passphrase !== '') return settings.passphrase
  if (!process.stdin.isTTY)
    throw new HoldfastError('PASSPHRASE_MISSING', `The vault at ${options.place} has a passphrase.`)
  const typed = await askHidden(`Passphrase of ${options.place}: `, settings.signal)
  if (typed === '') throw new HoldfastError('PASSPHRASE_MISSING', 'No passphrase was typed.')
  if (options.confirm && (await askHidden('The same again: ', settings.signal)) !== typed)
    throw new HoldfastError('PASSPHRASE_MISSING', 'The two passphrases differ.', { next: 'Start again.' })
  return typed
}

async function fromFile(file: string): Promise<string> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new HoldfastError('PASSPHRASE_MISSING', `The passphrase file ${file} can't be read.`, {
      cause: error,
    })
  }
  const [line = ''] = text.split(/\r?\n/, 1)
  if (line === '') throw new HoldfastError('PASSPHRASE_MISSING', `The first line of ${file} is empty.`)
  return line
}
