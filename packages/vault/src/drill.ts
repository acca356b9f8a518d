import { GIB, HoldfastError, type Skipped, type SnapshotId } from '@holdfast/domain'
import { allEntries, chooseSample, isSmall } from './drill/choose-sample.ts'
import type { LabelledSource } from './drill/compare-restored.ts'
import { restoreAndCompare, type Trial, type TrialEnv } from './drill/restore-and-compare.ts'
import { eventStream } from './event-stream.ts'
import type { TargetTree } from './ports.ts'
import { textToPath } from './scan/path-text.ts'
import { createLeafReader } from './snapshot/leaf.ts'
import { findSnapshot } from './snapshot/read-snapshots.ts'
import type { Snapshot } from './snapshot/snapshot-format.ts'
import { NO_CACHE } from './vault/no-cache.ts'
import type { OpenedVault } from './vault/open-vault.ts'

export type DrillRequest = {
  readonly snapshot: SnapshotId | 'latest'
  /** How many files of a snapshot that is not small. */
  readonly sample: number
  /** Where the labels' files are now; what the snapshot says itself unless given. */
  readonly sources?: readonly LabelledSource[]
  /** Bytes that the target has room for. */
  readonly roomBytes?: number
}

export type DrillSummary = {
  readonly snapshot: SnapshotId
  readonly files: number
  readonly bytes: number
  /** Files that were compared with a live one that has not changed since; the others with their recorded hashes. */
  readonly compared: number
  readonly mismatches: readonly Skipped[]
  /** The restore alone, without choosing and comparing. */
  readonly durationMs: number
  readonly bytesPerSecond: number
  /** How long everything in the snapshot would take at this rate: by its bytes, or its files where there are none. */
  readonly everythingMs: number
}

export type DrillEvent =
  | {
      readonly type: 'progress'
      readonly filesDone: number
      readonly filesTotal: number
      readonly bytesDone: number
      readonly bytesTotal: number
    }
  | { readonly type: 'finished'; readonly summary: DrillSummary }

/** A sample is no bigger than this, unless its only file is. */
const MAX_SAMPLE_BYTES = GIB

/**
 * A restore drill: a random sample of a snapshot, or all of it when that is small, is really restored into `target` (an
 * empty scratch folder, which the caller removes) as a new machine would, without any cache, and compared. Modes are
 * loosened there so that it can be removed. Mismatches are an answer, not an error. Rejects with SNAPSHOT_UNKNOWN,
 * TARGET_FULL before anything is written when `roomBytes` can't take it, TARGET_NOT_WRITABLE, CANCELLED, or REMOTE_*.
 */
export function drill(
  vault: OpenedVault,
  request: DrillRequest,
  env: TrialEnv,
): AsyncGenerator<DrillEvent, void, undefined> {
  return eventStream<DrillEvent>((emit, signal) => runDrill(vault, request, { ...env, signal }, emit), {
    signal: env.signal,
    coalesce: (event) => event.type === 'progress',
  })
}

async function runDrill(
  vault: OpenedVault,
  request: DrillRequest,
  given: TrialEnv,
  emit: (event: DrillEvent) => void,
): Promise<DrillEvent> {
  const env = { ...given, cache: NO_CACHE, target: looseTarget(given.target) }
  const snapshot = await findSnapshot(vault, request.snapshot, env)
  const reader = createLeafReader(vault, env)
  const whole = isSmall(snapshot)
  const maxBytes = Math.min(MAX_SAMPLE_BYTES, request.roomBytes ?? MAX_SAMPLE_BYTES)
  const rules = { count: request.sample, maxFileBytes: maxBytes, maxBytes }
  const entries = whole
    ? await allEntries(reader, snapshot)
    : await chooseSample(reader, snapshot, rules, env.random)
  const bytesTotal = entries.reduce((sum, { size }) => sum + size, 0)
  const filesTotal = entries.filter(({ kind }) => kind === 'file').length
  if (request.roomBytes !== undefined && bytesTotal > request.roomBytes)
    throw new HoldfastError(
      'TARGET_FULL',
      `The drill would restore ${bytesTotal} bytes, and there is room for ${request.roomBytes}.`,
    )
  const trial = await restoreAndCompare(
    vault,
    { snapshot, entries, whole, sources: request.sources ?? sourcesOf(snapshot) },
    env,
    ({ filesDone, bytesDone }) => emit({ type: 'progress', filesDone, filesTotal, bytesDone, bytesTotal }),
  )
  return { type: 'finished', summary: summaryOf(snapshot, trial, whole) }
}

/** Where the snapshot's labels came from, by its own word. */
export function sourcesOf({ body }: Snapshot): LabelledSource[] {
  return body.labels.map(({ label, path }) => ({ label: textToPath(label), path: textToPath(path) }))
}

function summaryOf({ id, body }: Snapshot, trial: Trial, whole: boolean): DrillSummary {
  const { files, bytes, compared, mismatches } = trial
  const durationMs = Math.max(1, trial.restoreMs)
  const share = bytes > 0 ? body.bytes / bytes : body.files / Math.max(1, files)
  return {
    ...{ snapshot: id, files, bytes, compared, mismatches, durationMs },
    bytesPerSecond: Math.round((bytes * 1000) / durationMs),
    everythingMs: Math.round(durationMs * (whole ? 1 : Math.max(1, share))),
  }
}

/** Restored with looser modes: nobody may run what is in there, and its owner can remove it. */
function looseTarget(target: TargetTree): TargetTree {
  return {
    ...target,
    finishDir: (path, attributes) =>
      target.finishDir(path, { ...attributes, mode: (attributes.mode & 0o777) | 0o700 }),
    createFile(path, options) {
      const file = target.createFile(path, options)
      return {
        writeAt: (offset, bytes) => file.writeAt(offset, bytes),
        finish: (size, attributes) =>
          file.finish(size, { ...attributes, mode: (attributes.mode & 0o777) | 0o600 }),
        discard: () => file.discard(),
      }
    },
  }
}
