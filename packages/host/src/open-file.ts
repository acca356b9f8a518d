import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { HoldfastError } from '@holdfast/domain/errors'
import type { EntryStat, OpenFile, ReadProblem } from '@holdfast/vault/ports'
import { withShortPath } from './deep-path.ts'
import { entryStatOf } from './entry-stat.ts'
import { REPLACED, readProblemOf } from './read-problem.ts'
import { systemCode } from './system-error.ts'

/** O_NONBLOCK: a fifo that took the file's place must not make the run wait for a writer. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
const O_NOATIME = constants.O_NOATIME ?? 0

/**
 * Opens a regular file; anything else answers a problem, unless `unseen`: then nobody looked, and who reads has to. The
 * access time stays where the system lets us (own files, or root). A read that fails later throws SOURCE_UNREADABLE
 * whose message is the problem alone.
 */
export function openForReading(path: Buffer, { unseen = false } = {}): OpenFile | ReadProblem {
  try {
    const fd = withShortPath(path, openQuietly)
    if (unseen) return openFile(fd, undefined)
    try {
      const stats = fstatSync(fd, { bigint: true })
      if (stats.isFile()) return openFile(fd, entryStatOf(stats))
    } catch (error) {
      closeSync(fd)
      throw error
    }
    closeSync(fd)
    return REPLACED
  } catch (error) {
    return readProblemOf(error)
  }
}

function openQuietly(path: Buffer): number {
  try {
    return openSync(path, READ | O_NOATIME)
  } catch (error) {
    if (systemCode(error) !== 'EPERM' || O_NOATIME === 0) throw error
    return openSync(path, READ)
  }
}

/** `atOpening` answers the first `stat` as long as nothing was read: one system call less per file. */
function openFile(fd: number, atOpening: EntryStat | undefined): OpenFile {
  let fresh = atOpening
  return {
    readInto(buffer) {
      fresh = undefined
      try {
        return readSync(fd, buffer, 0, buffer.byteLength, null)
      } catch (error) {
        throw new HoldfastError('SOURCE_UNREADABLE', readProblemOf(error).problem, { cause: error })
      }
    },
    stat() {
      const stat = fresh ?? entryStatOf(fstatSync(fd, { bigint: true }))
      fresh = undefined
      return stat
    },
    close: () => closeSync(fd),
  }
}
