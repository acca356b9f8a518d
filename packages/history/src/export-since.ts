import type { FinishedRun } from '@holdfast/domain'
import { type AuditEntry, auditEntryOf } from './audit.ts'
import type { Database } from './database.ts'
import { finishedRunOf } from './run-row.ts'

/** How far a copy of the history goes: the highest numbers of runs and of audit entries in it, 0 for none. */
export type HistoryPosition = { readonly runs: number; readonly audit: number }

export type ExportedLine =
  | { readonly kind: 'run'; readonly seq: number; readonly value: FinishedRun }
  | { readonly kind: 'audit'; readonly seq: number; readonly value: AuditEntry }

/** The full list of what could not be read stands in the snapshot itself. */
const SKIPPED_KEPT = 20
const PAGE = 500

/**
 * Every finished run and every audit entry after a position, in order of their numbers, runs first, and the position to
 * go on from. A run that is not finished holds the position back: it, and all that was queued after it, comes (again)
 * in a later export; the last one of a number counts. Of each run at most 20 unreadable files are named.
 */
export async function exportSince(
  { prisma }: Database,
  from: HistoryPosition,
): Promise<{ lines: ExportedLine[]; to: HistoryPosition }> {
  const unfinished = await prisma.run.findFirst({
    where: { state: { not: 'finished' } },
    orderBy: { seq: 'asc' },
    select: { seq: true },
  })
  const lines: ExportedLine[] = []
  let runs = from.runs
  for (;;) {
    const rows = await prisma.run.findMany({
      where: { seq: { gt: runs } },
      orderBy: { seq: 'asc' },
      take: PAGE,
    })
    for (const row of rows)
      if (row.state === 'finished')
        lines.push({ kind: 'run', seq: row.seq, value: trimmed(finishedRunOf(row)) })
    runs = rows.at(-1)?.seq ?? runs
    if (rows.length < PAGE) break
  }
  let audit = from.audit
  for (;;) {
    const rows = await prisma.auditEntry.findMany({
      where: { seq: { gt: audit } },
      orderBy: { seq: 'asc' },
      take: PAGE,
    })
    for (const row of rows) lines.push({ kind: 'audit', seq: row.seq, value: auditEntryOf(row) })
    audit = rows.at(-1)?.seq ?? audit
    if (rows.length < PAGE) break
  }
  // One that was queued before stays unfinished: nothing after it may be left out the next time.
  const held = unfinished === null ? runs : Math.min(runs, unfinished.seq - 1)
  return { lines, to: { runs: Math.max(from.runs, held), audit } }
}

function trimmed(run: FinishedRun): FinishedRun {
  if (run.summary === null || run.summary.skipped.length <= SKIPPED_KEPT) return run
  return { ...run, summary: { ...run.summary, skipped: run.summary.skipped.slice(0, SKIPPED_KEPT) } }
}
