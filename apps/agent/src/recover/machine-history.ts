import { type FinishedRun, PlanId, Run, RunId, type WriterId } from '@holdfast/domain'
import { AuditActor, type BroughtBack } from '@holdfast/history'
import type { SnapshotInfo, StoredHistory } from '@holdfast/vault'
import { z } from 'zod'

const Entry = z.object({
  ...{ seq: z.number().int().positive(), at: z.coerce.date(), actor: AuditActor, act: z.string() },
  ...{ subject: z.string(), before: z.unknown(), after: z.unknown() },
  ...{ previous: z.string(), hash: z.string() },
})

/**
 * A stored history as a database takes it, and the runs that came after its last copy, by the snapshots that they left.
 * Lines of an unknown shape are counted, not taken.
 */
export function machineHistory(
  stored: Pick<StoredHistory, 'runs' | 'audit'>,
  { writer, snapshots }: { writer: WriterId; snapshots: readonly SnapshotInfo[] },
): Pick<BroughtBack, 'runs' | 'audit'> & { newerRuns: number; unreadable: number } {
  let unreadable = 0
  const runs: { seq: number; run: FinishedRun }[] = []
  for (const { seq, value } of stored.runs) {
    const run = Run.safeParse(value)
    if (run.success && run.data.state === 'finished') runs.push({ seq, run: run.data })
    else unreadable += 1
  }
  const audit = stored.audit.flatMap(({ value }) => {
    const entry = Entry.safeParse(value)
    if (!entry.success) unreadable += 1
    return entry.success ? [entry.data] : []
  })
  const known = new Set(runs.map(({ run }) => run.summary?.snapshot))
  const since = Math.max(0, ...[...known].map((id) => (id === undefined ? 0 : Number(id.split('-')[1]))))
  const newer = snapshots
    .filter((snapshot) => snapshot.writer === writer && snapshot.kind === 'run' && snapshot.seq > since)
    .toSorted((a, b) => a.seq - b.seq)
    .flatMap((snapshot) => {
      const plan = PlanId.safeParse(snapshot.plan)
      return plan.success ? [runOfSnapshot(snapshot, plan.data)] : []
    })
  const last = runs.at(-1)?.seq ?? 0
  const numbered = newer.map((run, i) => ({ seq: last + 1 + i, run }))
  return { runs: [...runs, ...numbered], audit, newerRuns: newer.length, unreadable }
}

/** What a snapshot tells of its run; what it does not tell is 0. */
function runOfSnapshot(snapshot: SnapshotInfo, planId: PlanId): FinishedRun {
  const { id, time, outcome, files, bytes, bytesStored } = snapshot
  const incomplete = {
    ...{ code: 'SOURCE_UNREADABLE', message: 'Some files could not be read.' },
    next: 'Browse the snapshot: they are marked there.',
  }
  return {
    ...{ id: RunId.parse(`snapshot-${id}`), planId, trigger: 'schedule', state: 'finished' },
    ...{ queuedAt: time, startedAt: time, finishedAt: time, outcome, proof: null },
    reason: outcome === 'complete' ? null : incomplete,
    summary: {
      ...{ outcome, snapshot: id, files, bytes, bytesStored },
      ...{ filesNew: 0, filesChanged: 0, filesUnchanged: 0, filesSkipped: 0 },
      ...{ bytesRead: 0, durationMs: 0, skipped: [], suspect: null },
    },
  }
}
