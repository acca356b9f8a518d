import { type FileHandle, link, lstat, open, rename, rm } from 'node:fs/promises'
import { HoldfastError } from '@holdfast/domain'

type Options = { readonly force: boolean }

/**
 * Refuses a place where `writePrivateFile` would write nothing: a file without `force`, anything else always.
 * TARGET_NOT_WRITABLE.
 */
export async function checkNewFile(path: Uint8Array, { force }: Options): Promise<void> {
  const name = Buffer.from(path).toString()
  let isFile: boolean
  try {
    isFile = (await lstat(Buffer.from(path))).isFile()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw notWritable(path, error)
  }
  if (!isFile) throw new HoldfastError('TARGET_NOT_WRITABLE', `${name} is there already and is no file.`)
  if (!force)
    throw new HoldfastError('TARGET_NOT_WRITABLE', `${name} is there already.`, {
      next: 'Choose another name, or replace it with --force.',
    })
}

/**
 * Writes a file that only its owner may read (0600), whole or not at all, and on the disk when this resolves. A file
 * that is there stays untouched unless `force` replaces it. TARGET_NOT_WRITABLE, TARGET_FULL.
 */
export async function writePrivateFile(path: Uint8Array, bytes: Uint8Array, options: Options): Promise<void> {
  await checkNewFile(path, options)
  const part = Buffer.concat([path, Buffer.from(`.${process.pid}.part`)])
  try {
    await using file = await open(part, 'wx', 0o600)
    await file.writeFile(bytes)
    await file.sync()
    if (options.force) await rename(part, Buffer.from(path))
    else await renameToFree(part, Buffer.from(path))
    await syncFolder(path)
  } catch (error) {
    throw notWritable(path, error)
  } finally {
    await rm(part, { force: true })
  }
}

/** A link never replaces what came meanwhile. USB sticks have no links; there a look just before must do. */
async function renameToFree(part: Buffer, path: Buffer): Promise<void> {
  try {
    await link(part, path)
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(codeOf(error))) throw error
    await checkNewFile(path, { force: false })
    await rename(part, path)
  }
}

async function syncFolder(path: Uint8Array): Promise<void> {
  const folder = Buffer.from(path).subarray(0, Math.max(1, Buffer.from(path).lastIndexOf('/')))
  let handle: FileHandle
  try {
    handle = await open(folder, 'r')
  } catch (error) {
    // One may write to a folder that one may not read.
    if (codeOf(error) === 'EACCES') return
    throw error
  }
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** What a failed write to a path is, in our words: TARGET_FULL or TARGET_NOT_WRITABLE; one of ours stays. */
export function notWritable(path: Uint8Array, cause: unknown): HoldfastError {
  if (cause instanceof HoldfastError) return cause
  const full = ['ENOSPC', 'EDQUOT'].includes(codeOf(cause))
  const why = full ? 'its disk is full' : codeOf(cause)
  return new HoldfastError(
    full ? 'TARGET_FULL' : 'TARGET_NOT_WRITABLE',
    `${Buffer.from(path).toString()} can't be written: ${why}.`,
    { cause },
  )
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
