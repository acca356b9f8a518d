import { z } from 'zod'
import { PlanId, SnapshotId } from './ids.ts'
import { Skipped } from './run.ts'

/** What a restore does with a path that is there already. */
export const CONFLICT_RULES = ['keep-both', 'skip', 'overwrite', 'newer'] as const
export const ConflictRule = z.enum(CONFLICT_RULES)
export type ConflictRule = z.infer<typeof ConflictRule>

/** Whether a file that is there already may be lost by it. */
export function overwrites(rule: ConflictRule): boolean {
  return rule === 'overwrite' || rule === 'newer'
}

const Counted = z.object({ entries: z.number(), bytes: z.number() })

/** Back in time in the sources' own place: what was there at the snapshot and nothing else. */
export const Rewind = z.object({
  /** The snapshot of now, made before anything is touched; null until it is there. */
  now: SnapshotId.nullable(),
  /** What of a folder's name stands behind the source's own, where what is removed or replaced is kept; null: nowhere. */
  aside: z.string().nullable(),
  /** Files that were as they should be. */
  unchanged: z.number(),
  removed: Counted,
})
export type Rewind = z.infer<typeof Rewind>

/** A restore under way or ended, of files into a folder or of a whole plan in its place. */
export const Restore = z.object({
  id: z.string(),
  planId: PlanId,
  snapshot: SnapshotId,
  /** What was chosen, as `browse` names it; empty for everything. */
  paths: z.array(z.string()),
  /** Where to; empty in place. */
  targetDir: z.string(),
  conflict: ConflictRule,
  rewind: Rewind.nullable(),
  startedAt: z.coerce.date(),
  finishedAt: z.coerce.date().nullable(),
  state: z.enum(['running', 'done', 'failed', 'cancelled']),
  filesDone: z.number(),
  filesTotal: z.number().nullable(),
  bytesDone: z.number(),
  bytesTotal: z.number().nullable(),
  /** Of the files, those that were there already, right to the last byte. */
  filesAlready: z.number(),
  /** At most 1,000 of `skippedTotal`. */
  skipped: z.array(Skipped),
  skippedTotal: z.number(),
  error: z.object({ code: z.string(), message: z.string(), next: z.string() }).nullable(),
})
export type Restore = z.infer<typeof Restore>
