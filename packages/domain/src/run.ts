import { z } from 'zod'
import { PlanId, RunId, SnapshotId } from './ids.ts'

export const OUTCOMES = ['complete', 'incomplete', 'failed', 'cancelled', 'interrupted', 'skipped'] as const
export const Outcome = z.enum(OUTCOMES)
export type Outcome = z.infer<typeof Outcome>

export const PHASES = ['starting', 'scanning', 'committing', 'proving', 'finishing'] as const
export const Phase = z.enum(PHASES)
export type Phase = z.infer<typeof Phase>

/** Counters of a run so far. Bytes of file content; `bytesStored` is what the vault received. */
export const Progress = z.object({
  phase: Phase,
  filesDone: z.number(),
  filesTotal: z.number().nullable(),
  bytesDone: z.number(),
  bytesTotal: z.number().nullable(),
  filesNew: z.number(),
  filesChanged: z.number(),
  filesUnchanged: z.number(),
  bytesRead: z.number(),
  bytesStored: z.number(),
  /** Bytes per second that went to the vault, averaged over the last seconds. */
  bytesPerSecond: z.number(),
  /** Seconds left, null while it can't be told. */
  etaSeconds: z.number().nullable(),
  /** Paths being read now, newest first, at most eight. */
  inFlight: z.array(z.string()),
})
export type Progress = z.infer<typeof Progress>

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export const LogLevel = z.enum(LOG_LEVELS)
export type LogLevel = z.infer<typeof LogLevel>

export const LogLine = z.object({ at: z.coerce.date(), level: LogLevel, text: z.string() })
export type LogLine = z.infer<typeof LogLine>

export const Skipped = z.object({ path: z.string(), reason: z.string() })
export type Skipped = z.infer<typeof Skipped>

/** What a backup did; the JSON answer of `holdfast backup`. `bytesRead` counts file content read. */
export const BackupSummary = z.object({
  outcome: z.enum(['complete', 'incomplete']),
  snapshot: SnapshotId,
  filesNew: z.number(),
  filesChanged: z.number(),
  filesUnchanged: z.number(),
  filesSkipped: z.number(),
  files: z.number(),
  bytes: z.number(),
  bytesRead: z.number(),
  bytesStored: z.number(),
  durationMs: z.number(),
  /** Named files that could not be read, at most 1,000 of `filesSkipped`; all stand in the snapshot. */
  skipped: z.array(Skipped),
  /** Why the source looks as if something happened to it; null when it does not, or when nobody asked. */
  suspect: z.string().nullable().default(null),
})
export type BackupSummary = z.infer<typeof BackupSummary>

/** A proof: what was restored or read, and whether every byte agreed. */
export const Proof = z.object({
  kind: z.enum(['first-file', 'drill', 'read-check']),
  at: z.coerce.date(),
  files: z.number(),
  bytes: z.number(),
  mismatches: z.number(),
  /** Some of the files, as `label/path` inside the snapshot; older proofs name none. */
  examples: z.array(z.string()).optional(),
  /** Of a drill: the snapshot, and how long all of it would take at the rate that was measured. */
  snapshot: SnapshotId.optional(),
  everythingMs: z.number().optional(),
  bytesPerSecond: z.number().optional(),
})
export type Proof = z.infer<typeof Proof>

export const RunTrigger = z.enum(['schedule', 'catch-up', 'retry', 'device', 'cli', 'demo'])
export type RunTrigger = z.infer<typeof RunTrigger>

const runCommon = {
  id: RunId,
  planId: PlanId,
  trigger: RunTrigger,
  queuedAt: z.coerce.date(),
}

/** One execution of a plan. Only a finished run has an outcome; only a snapshot-leaving one has a summary. */
export const Run = z.discriminatedUnion('state', [
  z.object({ ...runCommon, state: z.literal('queued') }),
  z.object({ ...runCommon, state: z.literal('running'), startedAt: z.coerce.date(), progress: Progress }),
  z.object({
    ...runCommon,
    state: z.literal('finished'),
    startedAt: z.coerce.date(),
    finishedAt: z.coerce.date(),
    outcome: Outcome,
    summary: BackupSummary.nullable(),
    /** Why, for every outcome but complete: a code of the error catalogue or of a skip, and a sentence. */
    reason: z.object({ code: z.string(), message: z.string(), next: z.string() }).nullable(),
    proof: Proof.nullable(),
  }),
])
export type Run = z.infer<typeof Run>
export type FinishedRun = Extract<Run, { state: 'finished' }>

/** Counters before anything happened. */
export function noProgress(phase: Phase = 'starting'): Progress {
  return {
    phase,
    filesDone: 0,
    filesTotal: null,
    bytesDone: 0,
    bytesTotal: null,
    filesNew: 0,
    filesChanged: 0,
    filesUnchanged: 0,
    bytesRead: 0,
    bytesStored: 0,
    bytesPerSecond: 0,
    etaSeconds: null,
    inFlight: [],
  }
}
