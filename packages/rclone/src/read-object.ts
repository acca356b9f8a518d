import { readFile } from 'node:fs/promises'
import { isHoldfastError } from '@holdfast/domain'
import type { RcloneClient } from './client.ts'
import { liesError } from './errors.ts'
import { retryingReads } from './retrying-reads.ts'
import { copyObject, reserveSpoolFile } from './spool.ts'

export type ObjectPlace = {
  readonly fs: string
  readonly key: string
  readonly spoolDir: string
  readonly group: string
}
export type ByteRange = { readonly offset: number; readonly length: number }

/**
 * An object's bytes, straight from rclone's HTTP side. When that can't open the object it doesn't say why, be it a
 * damaged header of crypt, a range beyond the end or a network that is down; then the object is copied here, by which
 * it is either read after all or fails with its cause.
 */
export async function readObject(
  client: RcloneClient,
  place: ObjectPlace,
  options: { readonly range: ByteRange | undefined; readonly signal: AbortSignal | undefined },
): Promise<Uint8Array> {
  const { range, signal } = options
  try {
    return await retryingReads(() => client.read(place.fs, place.key, range, { signal }), { signal })
  } catch (error) {
    if (!isHoldfastError(error, 'REMOTE_UNREACHABLE')) throw error
    return await readByCopy(client, place, options)
  }
}

async function readByCopy(
  client: RcloneClient,
  place: ObjectPlace,
  { range, signal }: { readonly range: ByteRange | undefined; readonly signal: AbortSignal | undefined },
): Promise<Uint8Array> {
  const attempt = { doing: `read ${place.key}`, fs: place.fs }
  await using file = await reserveSpoolFile(place.spoolDir)
  await copyObject(
    client,
    {
      srcFs: place.fs,
      srcRemote: place.key,
      dstFs: place.spoolDir,
      dstRemote: file.name,
      group: place.group,
      config: {},
    },
    { attempt, signal },
  )
  const bytes = await readFile(file.path)
  if (range === undefined) return bytes
  if (range.offset + range.length > bytes.length)
    throw liesError(attempt, `asked for ${range.length} bytes at ${range.offset}, it ends at ${bytes.length}`)
  return bytes.subarray(range.offset, range.offset + range.length)
}
