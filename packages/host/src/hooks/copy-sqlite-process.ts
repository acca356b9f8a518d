/**
 * Edge: a process of its own, because a copy can only be stopped by ending it. Copies a SQLite database as it is at one
 * moment, also while others write to it, checks the copy, and says on stderr what went wrong.
 */
import { backup, DatabaseSync } from 'node:sqlite'
import { printablePath } from '../printable-path.ts'

/** How long a writer that holds the database is waited for at each try. */
const BUSY_MS = 5000

const ALL_PAGES = 2 ** 31 - 1

const [, , source = '', target = ''] = process.argv
try {
  using database = new DatabaseSync(source, { readOnly: true, timeout: BUSY_MS })
  // In one step: a copy in several begins anew with every write in between, and would never end beside a busy program.
  await backup(database, target, { rate: ALL_PAGES })
  // Not read-only: of a database with a write-ahead log that would leave two more files behind.
  using copy = new DatabaseSync(target)
  const verdict = copy.prepare('PRAGMA quick_check(1)').all()
  const found = Object.values(verdict[0] ?? {})[0]
  if (found !== 'ok') throw new Error(`the database is damaged: ${String(found)}`)
} catch (error) {
  console.error(
    `${printablePath(Buffer.from(source))}: ${error instanceof Error ? error.message : String(error)}`,
  )
  process.exitCode = 1
}
