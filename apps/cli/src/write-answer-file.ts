import { writeFile } from 'node:fs/promises'
import { HoldfastError } from '@holdfast/domain'
import { z } from 'zod'
import { absolutePath } from './argument-bytes.ts'
import type { Settings } from './settings.ts'

/** Writes what was asked for to a file of the caller's, 0600, and answers its path. TARGET_NOT_WRITABLE. */
export async function writeAnswerFile(
  settings: Pick<Settings, 'cwd'>,
  { target, bytes, force }: { target: string; bytes: string | Uint8Array; force: boolean | undefined },
): Promise<string> {
  const file = absolutePath(target, settings.cwd).toString()
  await writeFile(file, bytes, { mode: 0o600, flag: force ? 'w' : 'wx' }).catch((cause: unknown) => {
    const taken = z.object({ code: z.literal('EEXIST') }).safeParse(cause).success
    const what = taken ? 'is there already' : "can't be written"
    const next = taken ? 'Give --force to replace it.' : 'Choose another file.'
    throw new HoldfastError('TARGET_NOT_WRITABLE', `${file} ${what}.`, { cause, next })
  })
  return file
}
