import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/**
 * Replaces a file by `bytes`, atomically: a reader, or a crash at any moment, sees the old file or the new one, whole.
 * Only the owner may read it (0600), from the first byte on; with `keepMode` it has mode and owner of the file that it
 * replaces in the end. On the disk when the promise resolves. A symbolic link
 * keeps standing and its target is replaced. One writer of a path at a time: two would take each other's temporary
 * file. Rejects with the file system's error (`code` ENOSPC, EACCES, …) and leaves the old file as it was.
 */
export async function writeSealedFile(
  path: string,
  bytes: Uint8Array,
  { keepMode = false }: { keepMode?: boolean } = {},
): Promise<void> {
  const target = await followLink(path)
  const temporary = join(dirname(target), `.${basename(target)}.new`)
  // A crash may have left one; it is never whole enough to trust.
  await rm(temporary, { force: true })
  try {
    await writeToDisk(temporary, bytes, keepMode ? await stat(target) : undefined)
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(dirname(target))
}

async function writeToDisk(
  path: string,
  bytes: Uint8Array,
  like: { mode: number; uid: number; gid: number } | undefined,
): Promise<void> {
  await using file = await open(path, 'wx', 0o600)
  await file.writeFile(bytes)
  if (like !== undefined) {
    const { uid, gid } = await file.stat()
    // Only root may give a file away; for everybody else it is their own already.
    if (uid !== like.uid || gid !== like.gid) await file.chown(like.uid, like.gid)
    await file.chmod(like.mode & 0o777)
  }
  await file.sync()
}

async function followLink(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return path
    throw error
  }
}

/** The new name itself is only safe from a power cut once the folder is on the disk. Windows can't open folders. */
async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle
  try {
    folder = await open(path, 'r')
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'EISDIR' || error.code === 'EPERM'))
      return
    throw error
  }
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
