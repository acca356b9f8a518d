import { HoldfastError, type SnapshotId } from '@holdfast/domain'
import { eventStream } from './event-stream.ts'
import { openWorkshop } from './pack/workshop.ts'
import { createAlreadyThere } from './restore/already-there.ts'
import { ownerBy } from './restore/owner-by.ts'
import { createPieceFetcher, WINDOW_BYTES } from './restore/piece-fetcher.ts'
import { createPlacer } from './restore/placer.ts'
import { createRestoreTally } from './restore/restore-tally.ts'
import type { RestoreEnv, RestoreEvent, RestoreSummary } from './restore.ts'
import { type Pair, pairedEntries } from './rewind/paired-entries.ts'
import { CHANGED_SINCE, isRecorded, removeNewer } from './rewind/remove-newer.ts'
import { type BytePath, fromBytePath, isInside, toBytePath } from './scan/path-order.ts'
import { textToPath } from './scan/path-text.ts'
import { createLeafReader } from './snapshot/leaf.ts'
import type { Entry } from './snapshot/manifest-line.ts'
import { findSnapshot } from './snapshot/read-snapshots.ts'
import { sameAttributes, sameContent } from './snapshot/same-entry.ts'
import type { Snapshot } from './snapshot/snapshot-format.ts'
import type { OpenedVault } from './vault/open-vault.ts'

export type RewindRequest = {
  /** The moment to go back to. */
  readonly snapshot: SnapshotId
  /** The snapshot of now: what is replaced or removed stands in it, or stays. */
  readonly now: SnapshotId
  readonly owners: boolean
}

/** `files` counts what was brought back, `unchanged` files that were as they should be. */
export type RewindSummary = RestoreSummary & {
  readonly unchanged: number
  readonly removed: number
  readonly removedBytes: number
}

export type RewindEvent =
  | Exclude<RestoreEvent, { type: 'finished' }>
  | { readonly type: 'finished'; readonly summary: RewindSummary }

/**
 * Makes the sources what they were at a snapshot, in their own place: what came since is removed, what changed or is
 * missing comes back. The target shows every label's source below the label. Only what the snapshot of now holds as it
 * is, is replaced or removed: what a rule leaves out, what could not be read, and what changed after that snapshot
 * stays and is named. A source that only one of the snapshots has is not touched. Safe to repeat after a crash, with
 * the same two snapshots. Rejects with SNAPSHOT_UNKNOWN, NOTHING_SELECTED when no source is in both, VAULT_DAMAGED
 * before anything is touched when a list can't be read, TARGET_FULL, CANCELLED, REMOTE_*.
 */
export function rewind(
  vault: OpenedVault,
  request: RewindRequest,
  env: RestoreEnv,
): AsyncGenerator<RewindEvent, void, undefined> {
  return eventStream<RewindEvent>((emit, signal) => runRewind(vault, request, { ...env, signal }, emit), {
    signal: env.signal,
    coalesce: (event) => event.type === 'progress',
  })
}

async function runRewind(
  vault: OpenedVault,
  request: RewindRequest,
  env: RestoreEnv & { signal: AbortSignal },
  emit: (event: RewindEvent) => void,
): Promise<RewindEvent> {
  const startedMs = env.clock.nowMs()
  const then = await findSnapshot(vault, request.snapshot, env)
  const now = await findSnapshot(vault, request.now, env)
  const tally = createRestoreTally(env, { emit, snapshot: then, whole: true })
  const labels = commonLabels(then, now, (label) => tally.skip(label, 'its source is not in both snapshots'))
  const reader = createLeafReader(vault, env)
  const pairs = () => pairedEntries(reader, { old: then, now }, labels)
  // Every list is read once before anything goes: a damaged one would look like files that were not there.
  for await (const _ of pairs()) env.signal.throwIfAborted()
  const removed = await removeNewer(pairs(), { target: env.target, tally, signal: env.signal })

  await using workshop = openWorkshop(vault.keys, { threads: env.threads ?? 2 })
  const fetcher = createPieceFetcher({
    ...{ index: await reader.index(), store: vault.store, workshop, signal: env.signal },
  })
  const work = { conflict: 'overwrite', owners: request.owners } as const
  const alreadyThere = createAlreadyThere(vault, { reader, env, ownerOf: ownerBy(work) })
  const placer = createPlacer({ request: work, target: env.target, fetcher, tally, reader, alreadyThere })
  await using stack = new AsyncDisposableStack()
  stack.defer(() => placer.abandon())
  let unchanged = 0
  let unchangedBytes = 0
  /** A folder that can't be made where something stands that must stay. */
  let blocked: BytePath | undefined
  for await (const pair of pairs()) {
    env.signal.throwIfAborted()
    tally.tick()
    if (pair.old === undefined || pair.old.problem !== undefined) continue
    if (blocked !== undefined && isInside(pair.path, blocked)) continue
    blocked = undefined
    const step = await stepFor(pair.old, pair)
    if (step === 'keep') {
      placer.keep(pair.old)
      if (pair.old.kind === 'file') {
        unchanged += 1
        unchangedBytes += pair.old.size
      }
    } else if (step === 'place') await placer.place(pair.old)
    else {
      tally.skip(pair.path, CHANGED_SINCE)
      if (pair.old.kind === 'dir') blocked = pair.path
    }
    if (fetcher.wantedBytes >= WINDOW_BYTES || placer.waiting >= WINDOW_ENTRIES) await placer.flush()
  }
  await placer.finish()
  const summary = tally.summary(env.clock.nowMs() - startedMs)
  return {
    type: 'finished',
    summary: {
      ...summary,
      files: summary.files - unchanged,
      bytes: summary.bytes - unchangedBytes,
      already: summary.already - unchanged,
      ...{ unchanged, removed: removed.entries, removedBytes: removed.bytes },
    },
  }

  async function stepFor(entry: Entry, pair: Pair): Promise<'keep' | 'place' | 'leave'> {
    const found = env.target.lstat(fromBytePath(entry.path))
    if (found === undefined || (entry.kind === 'dir' && found.kind === 'dir')) return 'place'
    if (entry.kind === 'dir' || pair.now === undefined || !isRecorded(found, pair.now, env.target))
      return (await alreadyThere(entry)) ? 'keep' : 'leave'
    return isSame(entry, pair.now) && !placer.isRegrouped(entry) ? 'keep' : 'place'
  }
}

const WINDOW_ENTRIES = 8192

function isSame(then: Entry, now: Entry): boolean {
  return sameContent(then, now) && sameAttributes(then, now) && then.hardlinkGroup === now.hardlinkGroup
}

/** Labels that name the same source in both; `other` hears of the rest. */
function commonLabels(then: Snapshot, now: Snapshot, other: (label: BytePath) => void): BytePath[] {
  const common: BytePath[] = []
  for (const { label, path } of then.body.labels) {
    const bytes = toBytePath(textToPath(label))
    if (now.body.labels.some((one) => one.label === label && one.path === path)) common.push(bytes)
    else other(bytes)
  }
  if (common.length > 0) return common
  throw new HoldfastError('NOTHING_SELECTED', 'The plan backs up none of the sources that it had then.')
}
