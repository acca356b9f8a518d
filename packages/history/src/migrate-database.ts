import { createHash } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { HoldfastError } from '@holdfast/domain'
import { z } from 'zod'
import { beginImmediate, type Connection } from './one-connection.ts'

/** A step of the schema: SQL that runs once, in the order of the numbers in the names. */
export type Migration = { readonly name: string; readonly sql: string; readonly checksum: string }

const RECORD_TABLE = 'schema_migration'
const Recorded = z.array(z.object({ name: z.string(), checksum: z.string() }))

/**
 * Brings a database to the schema of this program: applies the migrations that it has not seen, in order, each in a
 * transaction with its record. A database that holds something already is first copied to `<file>.before-<name>`, where
 * `<name>` is the first migration applied. Repeating it does nothing. Two processes at once: one waits for the other.
 * Throws DATABASE_NEWER when it has a migration that this program doesn't know, DATABASE_DAMAGED when a known one was
 * different; either way nothing is changed.
 */
export async function migrateDatabase(
  connection: Connection,
  migrations: readonly Migration[],
  options: { file: string; nowMs: number },
): Promise<void> {
  const missing = missingMigrations(await recorded(connection), migrations)
  const [first] = missing
  if (first === undefined) return
  if (await holdsTables(connection)) await backUp(connection, `${options.file}.before-${first.name}`)
  for (const migration of missing) await apply(connection, migration, options.nowMs)
}

/** The migrations that this program brings, in order. */
export async function readMigrations(): Promise<Migration[]> {
  const folder = new URL('../../../prisma/migrations/', import.meta.url)
  const entries = await readdir(fileURLToPath(folder), { withFileTypes: true })
  const names = entries
    .filter((entry) => entry.isDirectory() && /^\d{4}_/.test(entry.name))
    .map(({ name }) => name)
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(new URL(`${name}/migration.sql`, folder), 'utf8')
      // A checkout may turn the line ends; that changes nothing.
      const checksum = createHash('sha256').update(sql.replaceAll('\r\n', '\n')).digest('hex')
      return { name, sql, checksum }
    }),
  )
}

function missingMigrations(
  seen: z.infer<typeof Recorded>,
  known: readonly Migration[],
): readonly Migration[] {
  for (const { name, checksum } of seen) {
    const migration = known.find((candidate) => candidate.name === name)
    if (migration === undefined)
      throw new HoldfastError(
        'DATABASE_NEWER',
        `The database has "${name}", which this version does not know.`,
      )
    if (migration.checksum !== checksum)
      throw new HoldfastError(
        'DATABASE_DAMAGED',
        `The database was made with another "${name}" than this version's.`,
      )
  }
  return known.filter(({ name }) => !seen.some((record) => record.name === name))
}

async function recorded(connection: Connection): Promise<z.infer<typeof Recorded>> {
  const { rows } = await connection.execute({
    sql: "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?",
    args: [RECORD_TABLE],
  })
  if (rows.length === 0) return []
  const records = await connection.execute(`SELECT name, checksum FROM ${RECORD_TABLE} ORDER BY name`)
  return Recorded.parse(records.rows)
}

async function holdsTables(connection: Connection): Promise<boolean> {
  const { rows } = await connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' LIMIT 1")
  return rows.length > 0
}

/** A consistent copy with everything that is still in the write-ahead log. */
async function backUp(connection: Connection, copy: string): Promise<void> {
  await rm(copy, { force: true })
  await connection.execute({ sql: 'VACUUM INTO ?', args: [copy] })
}

async function apply(connection: Connection, migration: Migration, nowMs: number): Promise<void> {
  // Rebuilding a table drops the old one: with foreign keys on, that would delete the rows that point at it.
  await connection.execute('PRAGMA foreign_keys = OFF')
  await beginImmediate(connection)
  try {
    await connection.execute(
      `CREATE TABLE IF NOT EXISTS ${RECORD_TABLE} (name TEXT NOT NULL PRIMARY KEY, checksum TEXT NOT NULL, appliedAt DATETIME NOT NULL)`,
    )
    // Another process may have applied it while this one waited for the lock.
    const seen = await recorded(connection)
    if (!seen.some(({ name }) => name === migration.name)) {
      for (const statement of statements(migration.sql)) await connection.execute(statement)
      await connection.execute({
        sql: `INSERT INTO ${RECORD_TABLE} (name, checksum, appliedAt) VALUES (?, ?, ?)`,
        args: [migration.name, migration.checksum, new Date(nowMs).toISOString().replace('Z', '+00:00')],
      })
    }
    await connection.execute('COMMIT')
  } catch (error) {
    await connection.execute('ROLLBACK')
    throw error
  } finally {
    await connection.execute('PRAGMA foreign_keys = ON')
  }
}

/**
 * The statements of a migration. They end in `;` at the end of a line: enough for what Prisma writes, and a statement
 * that a migration cuts in two fails in its transaction and in the test that applies them all.
 */
function statements(sql: string): string[] {
  const parts = sql.split(/;[ \t]*(?:\r?\n|$)/)
  return parts.filter((part) => part.replaceAll(/^\s*--.*$/gm, '').trim() !== '')
}
