import type { ConflictRule, PlanId, Restore, SnapshotId } from '@holdfast/domain'
import type { Actor } from '../context.ts'

export type RestoreRequest = {
  readonly planId: PlanId
  readonly snapshot: SnapshotId
  /** Paths as `browse` gave them; empty for everything. */
  readonly paths: readonly string[]
  readonly targetDir: string
  readonly conflict: ConflictRule
}

type Counted = { readonly entries: number; readonly bytes: number }

/** What going back in place would do, by a look at the live files. */
export type RewindPreview = {
  readonly added: Counted
  readonly changed: Counted
  readonly removed: Counted
  readonly examples: readonly { readonly path: string; readonly change: 'added' | 'changed' | 'removed' }[]
  /** Labels that only the snapshot or only the plan has: they stay as they are. */
  readonly untouched: readonly string[]
}

/** A link that one device may use for some minutes, for the browser's own download. */
export type Download = {
  readonly url: string
  readonly name: string
  /** Bytes of a single file, null for a zip. */
  readonly size: number | null
  readonly until: Date
}

export type RestoresPort = {
  start(request: RestoreRequest, actor: Actor): Promise<Restore>
  /** Looks only. */
  previewRewind(
    request: { planId: PlanId; snapshot: SnapshotId },
    signal: AbortSignal,
  ): Promise<RewindPreview>
  /**
   * Runs the plan, then makes its sources what they were, in their own place. `aside` keeps what is removed or replaced
   * in folders beside them. Answers when the run has begun. PLAN_RUNNING.
   */
  rewind(request: { planId: PlanId; snapshot: SnapshotId; aside: boolean }, actor: Actor): Promise<Restore>
  /** Goes on with one that failed or was cancelled, as a new one: what is there already is kept. */
  again(id: string, actor: Actor): Promise<Restore>
  get(id: string): Promise<Restore>
  /** Newest first. */
  list(limit: number): Promise<Restore[]>
  cancel(id: string, actor: Actor): Promise<Restore>
  /** One file as it is, or several paths as a zip. NOTHING_SELECTED when the snapshot has none of them. */
  download(
    request: { planId: PlanId; snapshot: SnapshotId; paths: readonly string[] },
    actor: Actor,
  ): Promise<Download>
}
