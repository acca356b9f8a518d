import {
  BackupSummary,
  ConflictRule,
  KeepRules,
  LogLevel,
  Plan,
  Progress,
  Proof,
  SnapshotId,
  Source,
  VaultId,
  WriterId,
} from '@holdfast/domain'
import { z } from 'zod'

const Bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array)

/** Where the engine process finds the vault: the address of the agent's rclone and two places in it. */
const VaultAccess = z.object({
  id: VaultId,
  rclone: z.object({ url: z.string(), user: z.string(), password: z.string() }),
  outerFs: z.string(),
  innerFs: z.string(),
  /** Null for a plain vault. Never in an argument, an environment or a file. */
  masterKey: Bytes.nullable(),
  spoolDir: z.string(),
  cacheDir: z.string(),
  /** Where Node keeps what it compiled, for the next engine: starting costs a third with it. */
  codeCache: z.string(),
  /** All of rclone's work for this order carries this name, so that it can be stopped as one. */
  group: z.string(),
})
export type VaultAccess = z.infer<typeof VaultAccess>

const Roots = z.object({ outer: z.string(), inner: z.string() })
/** The raw folders of a vault and of its copy, and the copy's inner part as its store sees it. */
export const CopyAccess = z.object({ from: Roots, to: Roots, copyInnerFs: z.string() })
export type CopyAccess = z.infer<typeof CopyAccess>

/** What an engine process is told to do: plain data, sent once over its channel. */
export const EngineOrder = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('program'),
    access: VaultAccess,
    /** Where the program is installed. */
    root: z.string(),
    version: z.string(),
    rclone: z.object({ binary: z.string(), version: z.string() }),
  }),
  z.object({
    kind: z.literal('copy'),
    access: VaultAccess,
    copy: CopyAccess,
    check: z.boolean(),
    known: z.map(WriterId, z.number().int()),
  }),
  z.object({
    kind: z.literal('backup'),
    access: VaultAccess,
    plan: Plan,
    writer: WriterId,
    installation: z.string(),
    machine: z.string(),
    lastSeenSeq: z.number().int().min(0),
    /** Of the audit trail when the run begins. */
    auditHead: z.string().nullable(),
    /** A folder, empty and ours, for files restored as a proof; null when the plan has its proof. */
    proofDir: z.string().nullable(),
    /** What to keep of the plan's snapshots when it is time to forget some; null when it is not. */
    prune: z
      .object({ keep: KeepRules, timeZone: z.string(), known: z.map(WriterId, z.number().int()) })
      .nullable(),
  }),
  z.object({
    kind: z.literal('restore'),
    access: VaultAccess,
    snapshot: SnapshotId,
    /** As text, see pathToText; empty for everything. */
    paths: z.array(z.string()),
    targetDir: z.string(),
    /** Where each label goes instead, what has no place here nowhere; null for all into `targetDir`. */
    places: z.array(z.object({ label: z.string(), path: z.string() })).nullable(),
    conflict: ConflictRule,
    owners: z.boolean(),
  }),
  z.object({
    kind: z.literal('rewind'),
    access: VaultAccess,
    snapshot: SnapshotId,
    /** The snapshot of now. */
    now: SnapshotId,
    sources: z.array(Source),
    aside: z.string().nullable(),
    owners: z.boolean(),
  }),
  z.object({
    kind: z.literal('drill'),
    access: VaultAccess,
    snapshot: SnapshotId,
    sources: z.array(Source),
    sample: z.number().int(),
    /** A folder, empty and ours, that the agent removes. */
    scratchDir: z.string(),
  }),
])
export type EngineOrder = z.infer<typeof EngineOrder>

const Skip = z.object({ path: z.string(), reason: z.string() })
export const Failure = z.object({ code: z.string(), message: z.string(), next: z.string() })
export type Failure = z.infer<typeof Failure>

const RestoreProgress = z.object({
  filesDone: z.number(),
  filesTotal: z.number().nullable(),
  bytesDone: z.number(),
  bytesTotal: z.number().nullable(),
})

/** How a second copy was brought up to date; see CopySummary of the engine. */
const CopiedSummary = z.object({
  ok: z.boolean(),
  copied: z.object({ objects: z.number(), bytes: z.number(), snapshots: z.number() }),
  deleted: z.object({ objects: z.number(), bytes: z.number(), snapshots: z.number() }),
  mended: z.number(),
  differing: z.array(z.string()),
  lost: z.number(),
  heldBack: z.string().nullable(),
  damaged: z.array(z.string()),
  checked: z.boolean(),
  writers: z.array(z.object({ writer: WriterId, seq: z.number().int() })),
  snapshots: z.number(),
  bytes: z.number(),
})
export type CopiedSummary = z.infer<typeof CopiedSummary>

const CopyProgress = z.object({
  phase: z.string(),
  objectsDone: z.number(),
  objectsTotal: z.number().nullable(),
  bytesDone: z.number(),
  bytesTotal: z.number().nullable(),
})
export type CopyProgress = z.infer<typeof CopyProgress>

/** What an engine process says, in order. The last one is `backed-up`, `restored`, `drilled` or `failed`. */
export const EngineEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), progress: Progress }),
  z.object({ type: z.literal('log'), level: LogLevel, text: z.string() }),
  z.object({ type: z.literal('skipped'), ...Skip.shape }),
  z.object({ type: z.literal('restore-progress'), progress: RestoreProgress }),
  z.object({ type: z.literal('copy-progress'), progress: CopyProgress }),
  z.object({ type: z.literal('copied'), summary: CopiedSummary }),
  z.object({ type: z.literal('program-kept'), set: z.string(), bytes: z.number() }),
  z.object({
    type: z.literal('backed-up'),
    summary: BackupSummary,
    proof: Proof.nullable(),
    proofFailure: Failure.nullable(),
    /** True when snapshots were pruned, also when there was nothing to forget. */
    pruned: z.boolean(),
  }),
  z.object({
    type: z.literal('restored'),
    summary: z.object({
      files: z.number(),
      bytes: z.number(),
      already: z.number(),
      verified: z.boolean(),
      skipped: z.array(Skip),
      skippedTotal: z.number(),
      durationMs: z.number(),
      /** Of a rewind. */
      unchanged: z.number().default(0),
      removed: z.number().default(0),
      removedBytes: z.number().default(0),
    }),
  }),
  z.object({ type: z.literal('drilled'), proof: Proof, mismatched: z.array(Skip) }),
  z.object({ type: z.literal('failed'), failure: Failure }),
])
export type EngineEvent = z.infer<typeof EngineEvent>

/** Agent to engine, after the order. */
export const EngineCommand = z.object({ type: z.literal('cancel') })

/** Agent to job worker: the order, then perhaps a cancel. */
export const JobCommand = z.discriminatedUnion('type', [
  z.object({ type: z.literal('order'), order: EngineOrder }),
  /** Stop the engine; kill it when it has not ended after `killAfterMs`. */
  z.object({ type: z.literal('cancel'), killAfterMs: z.number() }),
  /** There is nothing to do after all. */
  z.object({ type: z.literal('leave') }),
])
export type JobCommand = z.infer<typeof JobCommand>

/** Job worker to agent. `rang` first; `engine-started` and events while it works; `engine-ended` or `-failed` last. */
export const JobMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('rang') }),
  z.object({ type: z.literal('engine-started'), pid: z.number().int() }),
  z.object({ type: z.literal('event'), event: EngineEvent }),
  z.object({ type: z.literal('engine-ended'), how: z.string() }),
  /** The engine process could not be started. */
  z.object({ type: z.literal('engine-failed'), why: z.string() }),
])
export type JobMessage = z.infer<typeof JobMessage>
