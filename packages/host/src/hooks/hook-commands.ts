import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { HoldfastError, HookCommandId } from '@holdfast/domain'
import { z } from 'zod'
import { makePrivateDir } from '../home.ts'
import { systemCode } from '../system-error.ts'

/** A free command: its program and arguments as they are. No shell reads them. */
export const HookCommand = z.object({
  id: HookCommandId,
  command: z
    .array(z.string().regex(/^[^\0]*$/))
    .min(1)
    .max(200)
    .refine(([program]) => program !== '', 'The name of a program.'),
})
export type HookCommand = z.infer<typeof HookCommand>

const File = z.object({ version: z.literal(1), commands: z.array(HookCommand).max(200) })

/** The file in a home that defines the free commands. Only its owner may read and write it. */
export const hookCommandsFile = (home: string): string => join(home, 'hooks.json')

/**
 * The free commands of a home in the order of the file, none when there is no file. Rejects with CONFIG_DAMAGED when it
 * can't be understood, and when anybody but root and the user of this process may have written it.
 */
export function readHookCommands(home: string): HookCommand[] {
  const file = hookCommandsFile(home)
  const text = trustedText(file)
  if (text === undefined) return []
  try {
    return File.parse(JSON.parse(text)).commands
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof z.ZodError)) throw cause
    // The cause names what stands in the file, which may be a secret.
    throw new HoldfastError('CONFIG_DAMAGED', `${file} can't be understood.`, {
      next: 'Correct it, or move it away and add the commands again with `holdfast hook add`.',
    })
  }
}

/** Replaces the free commands of a home: the file is whole and on the disk, 0600. TARGET_NOT_WRITABLE, TARGET_FULL. */
export function writeHookCommands(home: string, commands: readonly HookCommand[]): void {
  const file = hookCommandsFile(home)
  const draft = `${file}.new`
  makePrivateDir(home)
  try {
    rmSync(draft, { force: true })
    const content = File.parse({ version: 1, commands })
    const fd = openSync(draft, 'wx', 0o600)
    try {
      writeFileSync(fd, `${JSON.stringify(content, null, 2)}\n`)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(draft, file)
  } catch (cause) {
    rmSync(draft, { force: true })
    const full = systemCode(cause) === 'ENOSPC'
    throw new HoldfastError(full ? 'TARGET_FULL' : 'TARGET_NOT_WRITABLE', `${file} can't be written.`, {
      cause,
    })
  }
}

function trustedText(file: string): string | undefined {
  let fd: number
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined
    throw untrusted(file, 'can’t be read', cause)
  }
  try {
    const stat = fstatSync(fd)
    if (!stat.isFile()) throw untrusted(file, 'is no file')
    const user = process.geteuid?.()
    if (user !== undefined && stat.uid !== 0 && stat.uid !== user)
      throw untrusted(file, 'belongs to another user')
    if (user !== undefined && (stat.mode & 0o077) !== 0) throw untrusted(file, 'is open to other users')
    return readFileSync(fd, 'utf8')
  } finally {
    closeSync(fd)
  }
}

function untrusted(file: string, what: string, cause?: unknown): HoldfastError {
  return new HoldfastError('CONFIG_DAMAGED', `${file} ${what}, so no command of it is run.`, {
    cause,
    next: `Look at what stands in it, then run: chmod 600 ${file}`,
  })
}
