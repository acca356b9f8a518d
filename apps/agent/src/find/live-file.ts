import { constants } from 'node:fs'
import { open, realpath } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { HoldfastError } from '@holdfast/domain'

export type LiveFile = { readonly size: number; readonly bytes: Uint8Array }

/**
 * The first `atMost` bytes of the file that is now at a path below a source; undefined when there is no file. Never
 * follows a link out of the source, and never waits for a pipe. SOURCE_UNREADABLE.
 */
export async function readLiveFile(
  source: string,
  below: string,
  { atMost }: { atMost: number },
): Promise<LiveFile | undefined> {
  const path = below === '' ? source : join(source, below)
  try {
    const root = await realpath(source)
    const real = await realpath(path)
    const way = relative(root, real)
    if (way === '..' || way.startsWith('../')) return undefined
    await using file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const stat = await file.stat()
    if (!stat.isFile()) return undefined
    const buffer = Buffer.alloc(Math.min(atMost, stat.size))
    let length = 0
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, length)
      if (bytesRead === 0) break
      length += bytesRead
    }
    return { size: stat.size, bytes: buffer.subarray(0, length) }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined
    throw new HoldfastError('SOURCE_UNREADABLE', `${path} can't be read now.`, { cause })
  }
}
