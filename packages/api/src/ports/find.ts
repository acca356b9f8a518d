import type { PlanId, SnapshotId } from '@holdfast/domain'

type EntryKind = 'file' | 'dir' | 'link' | 'other'

/** A path with a name that was looked for, as one machine and plan of the vault has or had it. */
export type FoundPath = {
  readonly name: string
  /** What `browse`, `versions` and `restore` take: label/… */
  readonly path: string
  readonly kind: EntryKind
  readonly size: number
  readonly modifiedAt: Date
  readonly machine: string
  readonly plan: string | null
  /** The oldest and the newest snapshot that holds it, and how many do. */
  readonly first: SnapshotId
  readonly last: SnapshotId
  readonly lastAt: Date
  readonly count: number
  /** It is not in the newest snapshot of its machine and plan. */
  readonly gone: boolean
}

export type FoundPage = {
  readonly found: readonly FoundPath[]
  /** Give it back for the page behind this one; null at the end. */
  readonly after: string | null
  /** Parts of the snapshots' lists that are damaged: names in them may be missing. */
  readonly unreadable: number
}

/** What one snapshot holds at a path, against the one before it of the same machine and plan. */
export type PathVersion = {
  readonly snapshot: SnapshotId
  readonly at: Date
  readonly machine: string
  readonly plan: string | null
  readonly change: 'added' | 'changed' | 'removed' | 'unread'
  /** Null when it was removed. */
  readonly size: number | null
  readonly modifiedAt: Date | null
  readonly kind: EntryKind | null
}

type Changes = { readonly entries: number; readonly bytes: number }
export type DiffCounts = Readonly<Record<'added' | 'removed' | 'changed' | 'attributes', Changes>>

/** One child of a folder that differs between two snapshots, or in which something does. */
export type DiffRow = {
  readonly name: string
  readonly path: string
  readonly kind: EntryKind
  /** `within`: the folder is in both, and something in it differs. */
  readonly change: 'added' | 'removed' | 'changed' | 'attributes' | 'within'
  readonly sizeBefore: number | null
  readonly sizeAfter: number | null
  /** Of everything at and below it. */
  readonly counts: DiffCounts
}

export type DiffPage = {
  readonly rows: readonly DiffRow[]
  readonly after: string | null
  /** Of everything at and below the folder. */
  readonly counts: DiffCounts
}

/** What a run changed: its snapshot against the one before it of the same plan and machine. */
export type RunChanges = {
  /** Null for the first snapshot of a plan: then there is nothing to compare with. */
  readonly before: SnapshotId | null
  readonly counts: DiffCounts
  /** Where most changed, most first, at most twenty; paths are `label/folder`. */
  readonly folders: readonly { readonly path: string; readonly counts: DiffCounts }[]
  /** The biggest files that are new or changed, at most ten. */
  readonly biggest: readonly {
    readonly path: string
    readonly change: 'added' | 'changed'
    readonly sizeBefore: number | null
    readonly sizeAfter: number
  }[]
}

/** A file that a run found deleted, and the last snapshot that holds it. */
export type DeletedFile = {
  readonly name: string
  readonly path: string
  readonly size: number
  readonly snapshot: SnapshotId
  readonly snapshotAt: Date
  /** When the first run without it began. */
  readonly noticedAt: Date
}

/** What can be shown of a file without opening it anywhere. Pictures are fetched from `source`. */
export type Shown =
  | {
      readonly kind: 'text'
      readonly text: string
      readonly encoding: string
      /** Only the beginning is shown. */
      readonly cut: boolean
      readonly size: number
    }
  | { readonly kind: 'image'; readonly type: string; readonly source: string; readonly size: number }
  | { readonly kind: 'none'; readonly reason: string; readonly size: number | null }

/** A file of a snapshot beside the file that is at its place now. */
export type Preview = {
  readonly kept: Shown
  readonly now:
    | Shown
    /** Every byte is the same. */
    | { readonly kind: 'same' }
    | { readonly kind: 'missing' }
    /** Another machine's, or a place that this machine does not back up. */
    | { readonly kind: 'elsewhere' }
}

/** Which bytes of a previewed file are wanted: those of the snapshot, or of the file as it is now. */
export type PreviewQuery = {
  readonly planId: PlanId
  readonly snapshot: SnapshotId
  readonly path: string
}

/** Looking for things in the vault of a plan. Nothing here changes anything. Every question ends with its `signal`. */
export type FindPort = {
  /**
   * Paths of all snapshots whose name fits (see `holdfast find`), in order of paths. A page may be a little longer than
   * `limit`: what one path is to several plans stays together.
   */
  search(
    query: { planId: PlanId; pattern: string; after?: string | undefined; limit: number },
    signal: AbortSignal,
  ): Promise<FoundPage>
  /** Newest first, only those in which something changed. NOTHING_SELECTED when no snapshot ever held it. */
  versions(query: { planId: PlanId; path: string }, signal: AbortSignal): Promise<PathVersion[]>
  /** The children of a folder that differ, in order of names. NOTHING_SELECTED when neither snapshot has the folder. */
  diff(
    query: {
      planId: PlanId
      from: SnapshotId
      to: SnapshotId
      path: string
      after?: string | undefined
      limit: number
    },
    signal: AbortSignal,
  ): Promise<DiffPage>
  /** SNAPSHOT_UNKNOWN when the run's snapshot is not there any more. */
  runChanges(query: { planId: PlanId; snapshot: SnapshotId }, signal: AbortSignal): Promise<RunChanges>
  /** Files that the plan's runs of the last seven days found deleted and that are still gone, newest first. */
  deleted(query: { planId: PlanId; limit: number }, signal: AbortSignal): Promise<DeletedFile[]>
  preview(query: PreviewQuery, signal: AbortSignal): Promise<Preview>
  /** A picture's bytes. NOTHING_SELECTED when it is none that is shown. */
  picture(
    query: PreviewQuery & { now: boolean },
    signal: AbortSignal,
  ): Promise<{ type: string; bytes: Uint8Array }>
}
