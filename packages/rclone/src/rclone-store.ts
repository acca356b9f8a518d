import type { ObjectStore } from '@holdfast/vault/ports'
import { z } from 'zod'
import type { RcloneClient } from './client.ts'
import { answerError, cancelledError } from './errors.ts'
import { Item, listObjects } from './list-objects.ts'
import { readObject } from './read-object.ts'
import { retryingReads } from './retrying-reads.ts'
import { copyObject, writeSpoolFile } from './spool.ts'

export type RcloneStoreOptions = {
  /** The folder that keys are relative to, as rclone writes it: `/folder`, `name:path` (see placeFs). */
  readonly fs: string
  /** A folder of this process alone for bytes on their way; made when missing, readable by nobody else. */
  readonly spoolDir: string
  /** Under which name rclone counts these transfers. */
  readonly group?: string
  /**
   * `compare`: rclone compares checksums after each upload where the remote has them. `skip`: only sizes. Skipping
   * saves reading everything back where the remote computes checksums by reading (a folder, crypt over a folder).
   */
  readonly checksums?: 'compare' | 'skip'
}

/**
 * An ObjectStore on any remote that rclone speaks to. `put` writes the bytes to a spool file and has rclone copy it:
 * a body that is cut short on its way into rclone can so never become an object. Missing folders are made by rclone.
 * Reads are tried again when the remote can't be reached or breaks off; `put` and `delete` never. A cancelled `put`
 * rejects once rclone has stopped the transfer. `list` holds the names of its whole folder, so ask by folder.
 * `modifiedAtMs` is the remote's clock on object storage; a folder, SFTP and the like carry the time at which this
 * machine wrote the bytes.
 */
export function createRcloneStore(client: RcloneClient, options: RcloneStoreOptions): ObjectStore {
  const { fs, spoolDir, group = 'holdfast', checksums = 'compare' } = options
  // Each try of a copy repeats every request of its own; tries of tries take minutes to say that nobody is there, and
  // the caller tries again under a new key anyway.
  const config = { LowLevelRetries: 1, ...(checksums === 'skip' ? { IgnoreChecksum: true } : {}) }

  return {
    put: async (key, body, { signal } = {}) => {
      const attempt = { doing: `store ${key}`, fs }
      if (signal?.aborted) throw cancelledError(attempt, signal.reason)
      await using file = await writeSpoolFile(spoolDir, body)
      const copy = { srcFs: spoolDir, srcRemote: file.name, dstFs: fs, dstRemote: key, group, config }
      await copyObject(client, copy, { attempt, signal })
    },

    get: (key, { range, signal } = {}) => readObject(client, { fs, key, spoolDir, group }, { range, signal }),

    stat: (key, { signal } = {}) =>
      retryingReads(
        async () => {
          const { item } = await client.call(
            'operations/stat',
            { fs, remote: key, opt: { filesOnly: true, noMimeType: true } },
            StatAnswer,
            { attempt: { doing: `look up ${key}`, fs }, signal, repeatable: true },
          )
          return item && !item.isDir ? item.info : undefined
        },
        { signal },
      ),

    list: async function* (folder, { signal } = {}) {
      yield* await retryingReads(() => listObjects(client, fs, folder, { signal }), { signal })
    },

    delete: async (key, { signal } = {}) => {
      const attempt = { doing: `delete ${key}`, fs }
      const answer = await client.callRaw('operations/deletefile', { fs, remote: key }, { attempt, signal })
      if (answer.status === 200) return
      const error = answerError(answer.status, answer.body, attempt)
      if (error.code !== 'OBJECT_MISSING') throw error
    },
  }
}

const StatAnswer = z.object({ item: Item.nullish() })
