import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { MINUTE_MS, VaultPlace } from '@holdfast/domain'
import { z } from 'zod'
import { type Finding, ok, problem, warning } from './finding.ts'

/** What the database says, as far as nobody else can be asked. */
export type DatabaseLook = {
  readonly findings: readonly Finding[]
  readonly vaults: readonly { readonly name: string; readonly place: VaultPlace }[]
}

const MIGRATIONS = fileURLToPath(new URL('../../../../prisma/migrations/', import.meta.url))
const NEXT = 'Put holdfast.db back from a copy of this folder, or recover this machine from its vault.'
/** How far in the future the newest entry may be before the clock is in doubt. */
const CLOCK_MS = 5 * MINUTE_MS

/**
 * Reads the home's database without changing it: beside a running agent in place, else a copy of it in a folder that
 * goes away again, because even reading settles what a crash left in the write-ahead log.
 */
export function checkDatabase(
  home: string,
  { agentRuns, now }: { agentRuns: boolean; now: Date },
): DatabaseLook {
  const file = join(home, 'holdfast.db')
  if (!existsSync(file)) return { findings: [ok('database', 'There is no history yet.')], vaults: [] }
  try {
    using look = agentRuns ? { file, [Symbol.dispose]: () => undefined } : copyOf(file)
    const database = new DatabaseSync(look.file, { readOnly: true })
    try {
      return lookInto(database, { file, now })
    } finally {
      database.close()
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown'
    return { findings: [problem('database', `${file} can't be read: ${why}.`, NEXT)], vaults: [] }
  }
}

function copyOf(file: string): { readonly file: string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-doctor-'))
  const dispose = () => rmSync(folder, { recursive: true, force: true })
  try {
    for (const name of [file, `${file}-wal`])
      if (existsSync(name)) copyFileSync(name, join(folder, basename(name)))
    return { file: join(folder, basename(file)), [Symbol.dispose]: dispose }
  } catch (error) {
    dispose()
    throw error
  }
}

function lookInto(database: DatabaseSync, { file, now }: { file: string; now: Date }): DatabaseLook {
  const all = <Row>(sql: string, row: z.ZodType<Row>): Row[] =>
    z.array(row).parse(database.prepare(sql).all())
  const [first] = all('PRAGMA quick_check(1)', z.object({ quick_check: z.string() }))
  if (first?.quick_check !== 'ok')
    return {
      findings: [problem('database', `${file} is damaged: ${first?.quick_check ?? 'no answer'}`, NEXT)],
      vaults: [],
    }
  const findings = [
    ok('database', 'The database is whole.'),
    schemaFinding(all('SELECT name FROM schema_migration', z.object({ name: z.string() }))),
    clockFinding(
      all('SELECT max(at) AS at FROM audit_entry', z.object({ at: z.coerce.string().nullable() })),
      now,
    ),
    ...all(
      "SELECT valueJson FROM setting WHERE key LIKE 'kit-%'",
      z.object({ valueJson: z.string() }),
    ).flatMap(kitFinding),
  ]
  const vaults = all(
    `SELECT DISTINCT vault.name AS name, placeJson FROM vault JOIN plan ON plan.vaultId = vault.id WHERE removedAt IS NULL`,
    z.object({ name: z.string(), placeJson: z.string() }),
  ).map(({ name, placeJson }) => ({ name, place: VaultPlace.parse(JSON.parse(placeJson)) }))
  return { findings, vaults }
}

function schemaFinding(rows: readonly { name: string }[]): Finding {
  const known = readdirSync(MIGRATIONS).filter((name) => /^\d{4}_/.test(name))
  const seen = rows.map(({ name }) => name)
  const newer = seen.filter((name) => !known.includes(name))
  if (newer.length > 0)
    return problem(
      'schema',
      `The database has ${newer.join(', ')}, which this version does not know.`,
      'Update Holdfast: a newer one wrote it.',
    )
  const missing = known.filter((name) => !seen.includes(name))
  if (missing.length === 0) return ok('schema', 'The database has this version’s schema.')
  return warning(
    'schema',
    `The database does not have ${missing.join(', ')} yet.`,
    'Start the agent: it brings the database up to date, after a copy.',
  )
}

function clockFinding([row]: readonly { at: string | null }[], now: Date): Finding {
  const newest = row?.at == null ? undefined : new Date(/^\d+$/.test(row.at) ? Number(row.at) : row.at)
  if (newest === undefined || newest.getTime() - now.getTime() < CLOCK_MS)
    return ok('clock', `The clock says ${now.toISOString().slice(0, 16).replace('T', ' ')} UTC.`)
  return problem(
    'clock',
    `The clock says ${now.toISOString().slice(0, 16)}, but something was noted at ${newest.toISOString().slice(0, 16)}.`,
    'Set the clock of this machine right, best by network time; until then backups may be late or out of order.',
  )
}

const Kit = z.object({ outdated: z.string().nullable() })

function kitFinding({ valueJson }: { valueJson: string }): Finding[] {
  const { outdated } = Kit.parse(JSON.parse(valueJson))
  if (outdated === null) return [ok('kit', 'A recovery kit was saved, and is up to date.')]
  return [warning('kit', `A recovery kit is out of date. ${outdated}`, 'Save it again: `holdfast kit save`.')]
}
