import {
  type BackupSummary,
  HoldfastError,
  type LogLevel,
  type Progress,
  SnapshotId,
  type WriterId,
} from '@holdfast/domain'
import { createContentStore } from './chunk/store-content.ts'
import { eventStream } from './event-stream.ts'
import { loadIndex } from './index/load-index.ts'
import { createPackWriter } from './pack/pack-writer.ts'
import { openWorkshop } from './pack/workshop.ts'
import type { SourceTree } from './ports.ts'
import { createRunTally, type RunTally } from './run-tally.ts'
import { breathe } from './scan/breathe.ts'
import { excludeRules } from './scan/exclude-rules.ts'
import { mergeWalk } from './scan/merge-walk.ts'
import { comparePaths, toBytePath } from './scan/path-order.ts'
import { pathToText } from './scan/path-text.ts'
import { type WalkRoot, walk } from './scan/walk.ts'
import { commitSnapshot } from './snapshot/commit-snapshot.ts'
import { readSnapshots } from './snapshot/read-snapshots.ts'
import { parseSnapshotKey, type Snapshot } from './snapshot/snapshot-format.ts'
import { createStoredManifest } from './snapshot/stored-manifest.ts'
import type { EngineEnv } from './vault/create-vault.ts'
import type { OpenedVault } from './vault/open-vault.ts'

export type BackupRequest = {
  readonly writer: WriterId
  readonly installation: string
  readonly machine: string
  readonly plan: string | null
  readonly tag: string | null
  /** The highest sequence number this installation remembers; 0 for none. */
  readonly lastSeenSeq: number
  /** Labels are unique. Paths are absolute. */
  readonly sources: readonly { label: Uint8Array; path: Uint8Array; excludes: readonly string[] }[]
  /** Walk and compare, but read no content and store nothing. */
  readonly dryRun: boolean
  /** Count the tree before a first backup, so that progress has a total. Costs one more walk. */
  readonly count?: boolean
}

export type BackupEvent =
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'skipped'; readonly path: string; readonly reason: string }
  | { readonly type: 'log'; readonly level: LogLevel; readonly text: string }
  | { readonly type: 'finished'; readonly summary: BackupSummary }

/** `threads`: worker threads for hashing and compression; 2 unless told, 0 does the work inline. */
export type BackupEnv = EngineEnv & { readonly source: SourceTree; readonly threads?: number }

/**
 * Backs up the sources as one snapshot: the walk is merged with the last manifest, only what changed is read, new
 * pieces go into packs, and the snapshot is put last and read back. The last event is `finished`; until it came,
 * nothing happened as far as the vault's readers can see. Rejects with SOURCE_MISSING before anything is written when
 * a source is not there, with CANCELLED after `signal` aborted, and with the store's errors.
 */
export function backup(
  vault: OpenedVault,
  request: BackupRequest,
  env: BackupEnv,
): AsyncGenerator<BackupEvent, void, undefined> {
  return eventStream<BackupEvent>((emit, signal) => runBackup(vault, request, { ...env, signal }, emit), {
    signal: env.signal,
    coalesce: (event) => event.type === 'progress',
  })
}

type RunEnv = BackupEnv & { readonly signal: AbortSignal }

async function runBackup(
  vault: OpenedVault,
  request: BackupRequest,
  env: RunEnv,
  emit: (event: BackupEvent) => void,
): Promise<BackupEvent> {
  const startedMs = env.clock.nowMs()
  const tally = createRunTally(env.clock, emit)
  const roots = rootsOf(request, env.source)
  const history = await readSnapshots(vault, env, { writer: request.writer })
  for (const { reason } of history.broken) tally.log('warn', reason)
  const base = baseSnapshot(history.snapshots, request)
  await expectSize(request, roots, { base, tally, env })

  await using workshop = openWorkshop(vault.keys, { threads: env.threads ?? 2 })
  // Nothing of the index is needed while nothing is new: a run without changes never loads it.
  const index = once(async () => {
    return (await loadIndex(vault, await readSnapshots(vault, env), env)).index
  })
  const packs = once(async () =>
    createPackWriter(await index(), vault.store, {
      random: env.random,
      signal: env.signal,
      inFlight: 2,
      onStored: tally.stored,
    }),
  )
  const content = createContentStore({
    source: env.source,
    index,
    workshop,
    packs,
    level: 3,
    signal: env.signal,
    onRead: tally.read,
  })
  const manifest = createStoredManifest(vault, { base, content: request.dryRun ? undefined : content })

  tally.phase('scanning')
  const scanStartedNs = env.clock.nowNs()
  await mergeWalk({ request, roots, base, vault, env, tally, content, manifest })
  await content.flush()
  const leaves = await manifest.finish()
  await content.flush()

  const seq = nextSeq(history, request)
  if (request.dryRun) {
    const summary = summaryOf(tally, `${request.writer}-${seq}`, env.clock.nowMs() - startedMs)
    return { type: 'finished', summary }
  }
  tally.phase('committing')
  const writer = packs.started() ? await packs() : undefined
  await writer?.finish()
  const committed = await commitSnapshot(vault, {
    request,
    seq,
    history: history.snapshots,
    base,
    leaves,
    stored: writer?.stored ?? [],
    // Leaves may be new to this history and yet in the vault: another machine's, or a run's that was cut off.
    index: index.started() ? await index() : undefined,
    scanStartedNs,
    startedMs,
    counts: tally.counts(),
    env,
  })
  tally.stored(committed.bytesStored)
  tally.phase('finishing')
  return { type: 'finished', summary: summaryOf(tally, committed.id, env.clock.nowMs() - startedMs) }
}

/** Sources as walk roots, in label order. SOURCE_MISSING when one is not there. */
function rootsOf(request: BackupRequest, source: SourceTree): WalkRoot[] {
  const roots = request.sources.map(({ label, path, excludes }) => {
    const found = source.lstat(path)
    if ('problem' in found && found.gone)
      throw new HoldfastError('SOURCE_MISSING', `There is nothing at ${pathToText(path)}.`)
    return { label: toBytePath(label), root: toBytePath(path), exclude: excludeRules(excludes) }
  })
  return roots.sort((a, b) => comparePaths(a.label, b.label))
}

/** The snapshot to compare with: the newest of this plan in which no label stands for another path. */
function baseSnapshot(snapshots: readonly Snapshot[], request: BackupRequest): Snapshot | undefined {
  const paths = new Map(request.sources.map((s) => [pathToText(s.label), pathToText(s.path)]))
  return snapshots.findLast(
    ({ body }) =>
      body.plan === request.plan &&
      body.labels.some(({ label }) => paths.has(label)) &&
      body.labels.every(({ label, path }) => !paths.has(label) || paths.get(label) === path),
  )
}

/** One more than every number that was ever used: objects that did not verify and what this home remembers count. */
function nextSeq(history: Awaited<ReturnType<typeof readSnapshots>>, request: BackupRequest): number {
  let highest = request.lastSeenSeq
  for (const { body } of history.snapshots) highest = Math.max(highest, body.seq)
  for (const { key } of history.broken) highest = Math.max(highest, parseSnapshotKey(key)?.seq ?? 0)
  return highest + 1
}

/** Gives progress a total: what the last snapshot held, or a count of the tree where that was asked for. */
async function expectSize(
  request: BackupRequest,
  roots: readonly WalkRoot[],
  by: { base: Snapshot | undefined; tally: RunTally; env: RunEnv },
): Promise<void> {
  if (by.base !== undefined) return by.tally.expect(by.base.body.files, by.base.body.bytes)
  if (request.count !== true) return
  let files = 0
  let bytes = 0
  let steps = 0
  for (const { found } of walk(by.env.source, roots)) {
    if (!('problem' in found) && found.kind === 'file') {
      files += 1
      bytes += found.size
    }
    steps += 1
    if ((steps & 0xff) === 0 && by.tally.tick()) await breathe(by.env.signal)
  }
  by.tally.expect(files, bytes)
}

function summaryOf(tally: RunTally, snapshot: string, durationMs: number): BackupSummary {
  const { dirs: _, ...counts } = tally.counts()
  return { ...counts, snapshot: SnapshotId.parse(snapshot), durationMs }
}

function once<T>(make: () => Promise<T>): (() => Promise<T>) & { started(): boolean } {
  let made: Promise<T> | undefined
  const get = () => {
    made ??= make()
    return made
  }
  return Object.assign(get, { started: () => made !== undefined })
}
