import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import { SchemaEngine } from '@prisma/schema-engine-wasm'
import { expect, test } from 'vitest'
import { NOON, testFolder, testPlan } from './history-fixture.ts'
import { type Migration, migrateDatabase, readMigrations } from './migrate-database.ts'
import { openConnection } from './one-connection.ts'
import { openHistory } from './open-history.ts'

const nowMs = NOON.getTime()
const clock = { nowMs: () => nowMs }
const migration = (name: string, sql: string): Migration => ({
  name,
  sql,
  checksum: createHash('sha256').update(sql).digest('hex'),
})
const FIRST = migration('0001_first', 'CREATE TABLE a (id TEXT);\n\n-- Why.\nCREATE TABLE b (id TEXT);\n')
const SECOND = migration(
  '0002_second',
  "ALTER TABLE a ADD COLUMN note TEXT;\nINSERT INTO a VALUES ('x', 'it; ends');\n",
)

// When it fails, the difference that it shows is the SQL of the next migration.
test('all migrations together make exactly the schema of schema.prisma', async () => {
  await using folder = await testFolder()
  const url = pathToFileURL(folder.file).href
  const connection = openConnection({ url })
  await migrateDatabase(connection, await readMigrations(), { file: folder.file, nowMs })
  connection.close()
  const content = await readFile(new URL('../../../prisma/schema.prisma', import.meta.url), 'utf8')
  const files = [{ path: 'schema.prisma', content }]
  const factory = bindMigrationAwareSqlAdapterFactory(new PrismaLibSql({ url }))
  const engine = await SchemaEngine.new(
    { datamodels: [['schema.prisma', content]] },
    () => undefined,
    factory,
  )
  const diff = await engine.diff({
    from: { tag: 'schemaDatasource', files, configDir: '/' },
    to: { tag: 'schemaDatamodel', files },
    script: true,
    exitCode: true,
    filters: { externalTables: ['schema_migration'], externalEnums: [] },
  })
  expect(diff.stdout).toContain('This is an empty migration')
  expect(diff.exitCode).toBe(0)
})

test('migrations run once, in order, and each is recorded', async () => {
  await using folder = await testFolder()
  const connection = openConnection({ url: pathToFileURL(folder.file).href })
  const options = { file: folder.file, nowMs }
  await migrateDatabase(connection, [FIRST], options)
  await migrateDatabase(connection, [FIRST, SECOND], options)
  await migrateDatabase(connection, [FIRST, SECOND], options)
  const { rows } = await connection.execute('SELECT id, note FROM a')
  expect(rows).toMatchObject([{ id: 'x', note: 'it; ends' }])
  const records = await connection.execute('SELECT name, appliedAt FROM schema_migration ORDER BY name')
  const appliedAt = '2026-11-22T12:00:00.000+00:00'
  expect(records.rows).toMatchObject([
    { name: '0001_first', appliedAt },
    { name: '0002_second', appliedAt },
  ])
  connection.close()
})

test('an existing database is copied before it is changed, with what is in its log', async () => {
  await using folder = await testFolder()
  const connection = openConnection({ url: pathToFileURL(folder.file).href })
  await connection.execute('PRAGMA journal_mode = WAL')
  await migrateDatabase(connection, [FIRST], { file: folder.file, nowMs })
  await connection.execute("INSERT INTO a VALUES ('before')")
  await migrateDatabase(connection, [FIRST, SECOND], { file: folder.file, nowMs })
  connection.close()
  const copy = openConnection({ url: pathToFileURL(`${folder.file}.before-0002_second`).href })
  expect((await copy.execute('SELECT * FROM a')).rows).toMatchObject([{ id: 'before' }])
  expect((await copy.execute('SELECT * FROM a')).columns).toEqual(['id'])
  copy.close()
})

test('a migration that fails half-way leaves nothing of itself', async () => {
  await using folder = await testFolder()
  const connection = openConnection({ url: pathToFileURL(folder.file).href })
  const broken = migration('0002_broken', 'CREATE TABLE c (id TEXT);\nCREATE TABLE c (id TEXT);\n')
  await expect(migrateDatabase(connection, [FIRST, broken], { file: folder.file, nowMs })).rejects.toThrow()
  const { rows } = await connection.execute(
    "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
  )
  expect(rows.map(({ name }) => name)).toEqual(['a', 'b', 'schema_migration'])
  await migrateDatabase(connection, [FIRST, SECOND], { file: folder.file, nowMs })
  connection.close()
})

test('rebuilding a table keeps the rows that point at it', async () => {
  await using folder = await testFolder()
  const connection = openConnection({ url: pathToFileURL(folder.file).href })
  await connection.execute('PRAGMA foreign_keys = ON')
  const parent =
    'CREATE TABLE p (id TEXT PRIMARY KEY);\nCREATE TABLE c (p TEXT REFERENCES p (id) ON DELETE CASCADE);\n'
  const tables = migration('0001_tables', parent)
  const rebuild = migration(
    '0002_rebuild',
    'CREATE TABLE new_p (id TEXT PRIMARY KEY, note TEXT);\nINSERT INTO new_p (id) SELECT id FROM p;\nDROP TABLE p;\nALTER TABLE new_p RENAME TO p;\n',
  )
  await migrateDatabase(connection, [tables], { file: folder.file, nowMs })
  await connection.execute("INSERT INTO p VALUES ('x')")
  await connection.execute("INSERT INTO c VALUES ('x')")
  await migrateDatabase(connection, [tables, rebuild], { file: folder.file, nowMs })
  expect((await connection.execute('SELECT p FROM c')).rows).toHaveLength(1)
  expect((await connection.execute('PRAGMA foreign_keys')).rows).toMatchObject([{ foreign_keys: 1 }])
  connection.close()
})

test('a database from a newer program is refused and left as it was', async () => {
  await using folder = await testFolder()
  const first = await openHistory({ file: folder.file, clock })
  await first.plans.create(testPlan())
  await first[Symbol.asyncDispose]()
  const connection = openConnection({ url: pathToFileURL(folder.file).href })
  const { length: known } = (await connection.execute('SELECT name FROM schema_migration')).rows
  await connection.execute("INSERT INTO schema_migration VALUES ('9999_future', 'abc', '2036-01-01')")
  connection.close()
  await expect(openHistory({ file: folder.file, clock })).rejects.toMatchObject({ code: 'DATABASE_NEWER' })
  const again = openConnection({ url: pathToFileURL(folder.file).href })
  expect((await again.execute('SELECT name FROM schema_migration ORDER BY name')).rows).toHaveLength(
    known + 1,
  )
  expect((await again.execute('SELECT id FROM plan')).rows).toMatchObject([{ id: 'photos' }])
  again.close()
})

test('a database whose first step was another one is refused', async () => {
  await using folder = await testFolder()
  const connection = openConnection({ url: pathToFileURL(folder.file).href })
  await migrateDatabase(connection, [FIRST], { file: folder.file, nowMs })
  const other = migration('0001_first', 'CREATE TABLE other (id TEXT);')
  const again = migrateDatabase(connection, [other], { file: folder.file, nowMs })
  await expect(again).rejects.toMatchObject({ code: 'DATABASE_DAMAGED' })
  connection.close()
})
