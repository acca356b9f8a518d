import { Outcome, PlanId, type ReportFacts, RunId } from '@holdfast/domain'
import { z } from 'zod'
import type { Database } from './database.ts'
import type { IncidentStore } from './incidents.ts'
import { readRow } from './read-row.ts'

/** What the history knows for a report; plans' verdicts come from elsewhere. */
export type StoredReportFacts = Pick<
  ReportFacts,
  'runs' | 'proofs' | 'incidents' | 'changes' | 'storedBefore'
>

const Runs = z.array(
  z.object({
    id: RunId,
    planId: PlanId,
    startedAt: z.coerce.date(),
    finishedAt: z.coerce.date(),
    outcome: Outcome,
    bytesStored: z.coerce.number(),
    filesNew: z.coerce.number().nullable(),
    filesChanged: z.coerce.number().nullable(),
    reasonCode: z.string().nullable(),
    reasonMessage: z.string().nullable(),
  }),
)
const Proofs = z.array(
  z.object({
    planId: PlanId,
    at: z.coerce.date(),
    kind: z.string(),
    files: z.coerce.number(),
    bytes: z.coerce.number(),
    mismatches: z.coerce.number(),
  }),
)
const Stored = z.tuple([z.object({ bytes: z.coerce.number().nullable() })])
const Changes = z.array(
  z.object({ at: z.coerce.date(), who: z.string().nullable(), act: z.string(), subject: z.string() }),
)

/** Few columns and no whole summary: a year of hourly runs is read in a few hundredths of a second. */
const RUNS_SQL = `
  SELECT id, planId, startedAt, finishedAt, outcome, bytesStored, reasonCode, reasonMessage,
    json_extract(summaryJson, '$.filesNew') AS filesNew, json_extract(summaryJson, '$.filesChanged') AS filesChanged
  FROM run WHERE state = 'finished' AND finishedAt >= ? ORDER BY finishedAt`
const PROOFS_SQL = `
  SELECT planId, provenAt AS at, json_extract(proofJson, '$.kind') AS kind, json_extract(proofJson, '$.files') AS files,
    json_extract(proofJson, '$.bytes') AS bytes, json_extract(proofJson, '$.mismatches') AS mismatches
  FROM run WHERE provenAt >= ?
  UNION ALL
  SELECT planId, at, json_extract(proofJson, '$.kind'), json_extract(proofJson, '$.files'),
    json_extract(proofJson, '$.bytes'), json_extract(proofJson, '$.mismatches')
  FROM proof WHERE at >= ? ORDER BY at`
/** Acts that change what Holdfast does; looking, running and restoring are none. */
const CHANGES_SQL = `
  SELECT at, json_extract(actorJson, '$.name') AS who, act, subject FROM audit_entry
  WHERE at >= ? AND (act GLOB 'plan.*' OR act GLOB 'remote.*' OR act GLOB 'channel.*' OR act GLOB 'device.*'
    OR act GLOB 'service.*' OR act GLOB 'bandwidth.*' OR act GLOB 'kit.*')
    AND act NOT IN ('channel.test', 'channel.report') ORDER BY at`

/** Everything of a report since a moment, oldest first. Removed plans' runs are among it. */
export async function reportFacts(
  { prisma }: Database,
  { since, incidents }: { since: Date; incidents: IncidentStore },
): Promise<StoredReportFacts> {
  const ask = (sql: string): Promise<unknown> =>
    prisma.$queryRawUnsafe(sql, ...Array.from(sql.matchAll(/\?/g), () => since))
  const runs = readRow(Runs, await ask(RUNS_SQL), 'its finished runs')
  const proofs = readRow(Proofs, await ask(PROOFS_SQL), 'its proofs')
  const changes = readRow(Changes, await ask(CHANGES_SQL), 'its changes')
  const before = 'SELECT sum(bytesStored) AS bytes FROM run WHERE finishedAt < ?'
  const [{ bytes }] = readRow(Stored, await ask(before), 'what it has stored')
  return {
    runs: runs.map(({ reasonCode, reasonMessage, filesNew, filesChanged, ...run }) => ({
      ...run,
      ...{ filesNew: filesNew ?? 0, filesChanged: filesChanged ?? 0 },
      reason: reasonCode === null ? null : { code: reasonCode, message: reasonMessage ?? '' },
    })),
    proofs,
    incidents: await incidents.listSince(since),
    changes: changes.map(({ who, ...change }) => ({ ...change, who: who ?? 'Holdfast' })),
    storedBefore: bytes ?? 0,
  }
}
