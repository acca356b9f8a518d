import { HoldfastError, type LogLevel, type Skipped, type SnapshotId } from '@holdfast/domain'
import { eventStream } from './event-stream.ts'
import { openWorkshop } from './pack/workshop.ts'
import type { Conflict, TargetTree } from './ports.ts'
import { createAlreadyThere } from './restore/already-there.ts'
import { type Owner, ownerBy } from './restore/owner-by.ts'
import { createPieceFetcher, WINDOW_BYTES } from './restore/piece-fetcher.ts'
import { createPlacer } from './restore/placer.ts'
import { createRestoreTally } from './restore/restore-tally.ts'
import { selectedEntries } from './restore/selected-entries.ts'
import { type BytePath, fromBytePath } from './scan/path-order.ts'
import { pathToText } from './scan/path-text.ts'
import { createLeafReader, leafPath } from './snapshot/leaf.ts'
import { findSnapshot } from './snapshot/read-snapshots.ts'
import type { EngineEnv } from './vault/create-vault.ts'
import type { OpenedVault } from './vault/open-vault.ts'

export type RestoreRequest = {
  readonly snapshot: SnapshotId | 'latest'
  /** label/… of what is wanted, with all that lies in it; empty for everything. */
  readonly paths: readonly Uint8Array[]
  readonly conflict: Conflict
  /** Give files back to the owners that the snapshot names; needs root. */
  readonly owners: boolean
  /** Who owns here what they owned there; everybody themselves unless given. */
  readonly mapOwner?: (owner: Owner) => Owner
  /** Count what would be restored and touch nothing. */
  readonly dryRun: boolean
}

export type RestoreSummary = {
  /** Files that are in the target now as the snapshot has them, those that were there before included. */
  readonly files: number
  readonly bytes: number
  /** Of the files, those that were there already, compared by size, time and the hash of their bytes. */
  readonly already: number
  /** True when every byte that was written was hashed and agreed. */
  readonly verified: boolean
  readonly skipped: readonly Skipped[]
  /** Whose the entries were that were chosen, whether they got it back or not; 50 at most, by number. */
  readonly owners: readonly Owner[]
  readonly durationMs: number
}

export type RestoreEvent =
  | {
      readonly type: 'progress'
      readonly filesDone: number
      readonly filesTotal: number | null
      readonly bytesDone: number
      readonly bytesTotal: number | null
    }
  | { readonly type: 'skipped'; readonly path: string; readonly reason: string }
  | { readonly type: 'log'; readonly level: LogLevel; readonly text: string }
  | { readonly type: 'finished'; readonly summary: RestoreSummary }

export type RestoreEnv = EngineEnv & { readonly target: TargetTree; readonly threads?: number }

/**
 * Restores a snapshot, or parts of it, into the target tree below the sources' labels. Streams: memory does not grow
 * with the tree. What can't be restored is named and the rest goes on; what the snapshot itself could not read is no
 * loss of the restore. A file that is there already, right to its last byte, is left as it is: a restore that was
 * broken off goes on when it is asked for again. Rejects with SNAPSHOT_UNKNOWN, NOTHING_SELECTED, TARGET_FULL, CANCELLED, or REMOTE_*.
 */
export function restore(
  vault: OpenedVault,
  request: RestoreRequest,
  env: RestoreEnv,
): AsyncGenerator<RestoreEvent, void, undefined> {
  return eventStream<RestoreEvent>((emit, signal) => runRestore(vault, request, { ...env, signal }, emit), {
    signal: env.signal,
    coalesce: (event) => event.type === 'progress',
  })
}

async function runRestore(
  vault: OpenedVault,
  request: RestoreRequest,
  env: RestoreEnv & { signal: AbortSignal },
  emit: (event: RestoreEvent) => void,
): Promise<RestoreEvent> {
  const startedMs = env.clock.nowMs()
  const snapshot = await findSnapshot(vault, request.snapshot, {
    ...env,
    doubt: (reason) =>
      emit({ type: 'log', level: 'warn', text: `A newer snapshot can't be read: ${reason}` }),
  })
  const reader = createLeafReader(vault, env)
  await using workshop = openWorkshop(vault.keys, { threads: env.threads ?? 2 })
  const fetcher = createPieceFetcher({
    index: await reader.index(),
    store: vault.store,
    workshop,
    signal: env.signal,
  })
  const tally = createRestoreTally(env, { emit, snapshot, whole: request.paths.length === 0 })
  const placer = createPlacer({
    ...{ request, target: env.target, fetcher, tally, reader },
    alreadyThere: createAlreadyThere(vault, { reader, env, ownerOf: ownerBy(request) }),
  })
  await using stack = new AsyncDisposableStack()
  stack.defer(() => placer.abandon())
  let seen = 0
  // One window is fetched and written while the next is gathered.
  let flushing: Promise<void> = Promise.resolve()
  const missing: BytePath[] = []
  const wish = {
    paths: request.paths,
    missing: (path: BytePath) => void missing.push(path),
    damaged(number: number, reason: string) {
      const leaf = snapshot.body.leaves[number]
      const [first, last] = [leafPath(leaf?.[0] ?? ''), leafPath(leaf?.[1] ?? '')]
      tally.damage()
      tally.skip(
        first,
        first === last ? reason : `this and all up to ${pathToText(fromBytePath(last))}: ${reason}`,
      )
    },
  }
  for await (const entry of selectedEntries(reader, snapshot, wish)) {
    seen += 1
    tally.owned(entry)
    if (request.dryRun) tally.restored(entry)
    else await placer.place(entry)
    if (fetcher.wantedBytes >= WINDOW_BYTES || placer.waiting >= WINDOW_ENTRIES) {
      await flushing
      flushing = placer.flush()
      // Its failure is met by the next await of it, not as an unhandled rejection before.
      flushing.catch(() => undefined)
    }
    tally.tick()
    env.signal.throwIfAborted()
  }
  if (seen === 0 && request.paths.length > 0)
    throw new HoldfastError(
      'NOTHING_SELECTED',
      'The snapshot holds nothing at the paths that were asked for.',
    )
  for (const path of missing) tally.skip(path, 'the snapshot does not hold it')
  await flushing
  await placer.finish()
  return { type: 'finished', summary: tally.summary(env.clock.nowMs() - startedMs) }
}

/** Entries that are gathered before packs are read, so that each frame is read once for many files. */
const WINDOW_ENTRIES = 8192
