import { randomBytes } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { HoldfastError, isHoldfastError } from '@holdfast/domain'
import { z } from 'zod'
import type { RcloneClient } from './client.ts'
import type { Attempt } from './errors.ts'

/** A file for bytes on their way to or from rclone; disposing removes it. */
export type SpoolFile = AsyncDisposable & { readonly name: string; readonly path: string }

/** A name in the spool folder under which rclone may write. */
export async function reserveSpoolFile(spoolDir: string): Promise<SpoolFile> {
  await makeSpoolDir(spoolDir)
  return spoolFile(spoolDir)
}

/** A file with these bytes, in a folder that nobody else may read. TARGET_NOT_WRITABLE or TARGET_FULL otherwise. */
export async function writeSpoolFile(spoolDir: string, body: Uint8Array): Promise<SpoolFile> {
  const file = spoolFile(spoolDir)
  const write = () => writeFile(file.path, body, { mode: 0o600, flag: 'wx' })
  try {
    await write().catch(async (error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error
      await makeSpoolDir(spoolDir)
      await write()
    })
  } catch (error) {
    await file[Symbol.asyncDispose]()
    throw spoolError(spoolDir, error)
  }
  return file
}

export type Copy = {
  readonly srcFs: string
  readonly srcRemote: string
  readonly dstFs: string
  readonly dstRemote: string
  readonly group: string
  readonly config: Record<string, boolean | number>
}

/** Has rclone copy one object. A cancelled copy rejects once rclone has let go of both ends. */
export async function copyObject(
  client: RcloneClient,
  copy: Copy,
  options: { readonly attempt: Attempt; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const { group, config, ...ends } = copy
  try {
    const parameters = { ...ends, _group: group, _config: { NoCheckDest: true, ...config } }
    await client.call('operations/copyfile', parameters, z.object({}), options)
  } catch (error) {
    if (isHoldfastError(error, 'CANCELLED')) await transferEnded(client, group, copy.srcRemote)
    throw error
  }
}

const Stats = z.object({ transferring: z.array(z.object({ name: z.string() })).nullish() })

/**
 * Waits until rclone has let go of a cancelled transfer, ten seconds at most: it notices the closed connection with
 * the next block that it reads.
 */
async function transferEnded(client: RcloneClient, group: string, name: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < 10_000; waitedMs += 25) {
    const stats = await client.call('core/stats', { group }, Stats).catch((error: unknown) => {
      // A dead rclone transfers nothing.
      if (isHoldfastError(error, 'RCLONE_DIED')) return { transferring: [] }
      throw error
    })
    if (!stats.transferring?.some((transfer) => transfer.name === name)) return
    await wait(25)
  }
}

function spoolFile(spoolDir: string): SpoolFile {
  const name = `${randomBytes(16).toString('hex')}.part`
  const path = join(spoolDir, name)
  return { name, path, [Symbol.asyncDispose]: () => rm(path, { force: true }) }
}

async function makeSpoolDir(spoolDir: string): Promise<void> {
  try {
    await mkdir(spoolDir, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw spoolError(spoolDir, error)
  }
}

function spoolError(spoolDir: string, error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error
  if (codeOf(error) === 'ENOSPC')
    return new HoldfastError('TARGET_FULL', `No space is left for bytes on their way in ${spoolDir}.`, {
      cause: error,
      next: "Free some space on the disk of Holdfast's home and start again.",
    })
  return new HoldfastError(
    'TARGET_NOT_WRITABLE',
    `The folder for bytes on their way can't be written: ${spoolDir}.`,
    {
      cause: error,
    },
  )
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
