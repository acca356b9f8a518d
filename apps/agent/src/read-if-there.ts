import { readFile } from 'node:fs/promises'
import { HoldfastError } from '@holdfast/domain'

/** The bytes of a file of the home, undefined when there is none. CONFIG_DAMAGED when it can't be read. */
export async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new HoldfastError('CONFIG_DAMAGED', `${file} can't be read.`, { cause })
  }
}
