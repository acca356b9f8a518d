import { lstatSync, readdirSync, readlinkSync } from 'node:fs'
import type { SourceTree } from '@holdfast/vault/ports'
import { asBuffer } from './as-buffer.ts'
import { withShortPath } from './deep-path.ts'
import { entryStatOf } from './entry-stat.ts'
import { openForReading } from './open-file.ts'
import { readProblemOf } from './read-problem.ts'
import { createGranularity } from './timestamp-granularity.ts'
import { walkThread } from './walk-thread.ts'

/** This machine's files, see SourceTree. Paths past PATH_MAX work too. Holds no resources. */
export function createSourceTree(): SourceTree {
  const granularity = createGranularity()
  return {
    lstat(path) {
      try {
        return entryStatOf(withShortPath(asBuffer(path), statOf))
      } catch (error) {
        return readProblemOf(error)
      }
    },
    names(path) {
      try {
        return withShortPath(asBuffer(path), namesIn)
      } catch (error) {
        return readProblemOf(error)
      }
    },
    readLink(path) {
      try {
        return withShortPath(asBuffer(path), (short) => readlinkSync(short, { encoding: 'buffer' }))
      } catch (error) {
        return readProblemOf(error)
      }
    },
    open: (path, options) => openForReading(asBuffer(path), options),
    timestampGranularityNs: (path) => withShortPath(asBuffer(path), granularity),
    walkAhead: walkThread,
  }
}

function statOf(path: Buffer) {
  return lstatSync(path, { bigint: true })
}

/** Latin-1 keeps every byte as one code unit, so the quick string sort is a sort by bytes. */
function namesIn(path: Buffer): Buffer[] {
  const names = readdirSync(path, { encoding: 'latin1' })
  names.sort()
  return names.map((name) => Buffer.from(name, 'latin1'))
}
