import {
  type BackupSummary,
  brakeReason,
  HoldfastError,
  isHoldfastError,
  type LogLevel,
  type Progress,
  SnapshotId,
  type WriterId,
} from '@holdfast/domain'
import { createContentStore } from './chunk/store-content.ts'
import { eventStream } from './event-stream.ts'
import { linesAtHand } from './index/lines-at-hand.ts'
import { loadIndex } from './index/load-index.ts'
import { unfinishedNote } from './index/unfinished-note.ts'
import { createPackWriter } from './pack/pack-writer.ts'
import { putsAfter } from './pack/puts-after.ts'
import { openWorkshop } from './pack/workshop.ts'
import type { SourceTree } from './ports.ts'
import { createRunTally, type RunTally } from './run-tally.ts'
import { breathe } from './scan/breathe.ts'
import { mergeWalk } from './scan/merge-walk.ts'
import { pathToText } from './scan/path-text.ts'
import { type StepBatch, type WalkOrder, walkInBatches, walkRoots } from './scan/step-batch.ts'
import { type WalkRoot, walk } from './scan/walk.ts'
import { baseSnapshot } from './snapshot/base-snapshot.ts'
import { checkpointRule } from './snapshot/checkpoint-rule.ts'
import { createCommitter } from './snapshot/commit-snapshot.ts'
import { leafCacheKey } from './snapshot/leaf.ts'
import { readSnapshots } from './snapshot/read-snapshots.ts'
import type { Snapshot } from './snapshot/snapshot-format.ts'
import { createStoredManifest } from './snapshot/stored-manifest.ts'
import { claimWriter } from './vault/claims.ts'
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
  readonly sources: WalkOrder
  /** Walk and compare, but read no content and store nothing. */
  readonly dryRun: boolean
  /** Count the tree before a first backup, so that progress has a total. Costs one more walk. */
  readonly count?: boolean
  /** The head of the machine's audit trail when the run began; the snapshot carries it (see `auditHeads`). */
  readonly auditHead?: string | null
  /** Mark the snapshot as suspect when the source looks as if something happened to it (see `brakeReason`). */
  readonly brake?: boolean
}

export type BackupEvent =
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'skipped'; readonly path: string; readonly reason: string }
  | { readonly type: 'log'; readonly level: LogLevel; readonly text: string }
  | { readonly type: 'finished'; readonly summary: BackupSummary }

/** `threads`: worker threads for hashing and compression; 2 unless told, 0 does the work inline. */
export type BackupEnv = EngineEnv & {
  readonly source: SourceTree
  readonly threads?: number
  /** A walk over the request's very sources that began earlier, while the vault was still being opened. */
  readonly begun?: BegunWalk
}

/** `startedNs` is a clock's `nowNs` from before the walk began. Taken by one run; who began it disposes it. */
export type BegunWalk = { readonly startedNs: bigint; readonly batches: AsyncIterable<StepBatch> }

/**
 * Backs up the sources as one snapshot: the walk is merged with the last manifest, only what changed is read, new
 * pieces go into packs, and the snapshot is put last and read back. The last event is `finished`; until it came,
 * nothing happened as far as the vault's readers can see. Rejects with SOURCE_MISSING before anything is written when
 * a source is not there, with TAKEN_OVER when another installation writes as this machine, with VAULT_CHANGED when a
 * prune got in the way twice, with CANCELLED after `signal` aborted, and with the store's errors. A long run stores
 * checkpoints; one that was cut off is gone on with.
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

/** A run that a prune got in the way of starts over once: it left nothing that a reader sees. */
async function runBackup(
  vault: OpenedVault,
  request: BackupRequest,
  env: RunEnv,
  emit: (event: BackupEvent) => void,
): Promise<BackupEvent> {
  try {
    return await runOnce(vault, request, env, emit)
  } catch (error) {
    if (!isHoldfastError(error, 'VAULT_CHANGED')) throw error
    emit({ type: 'log', level: 'warn', text: `${error.message} The run starts over.` })
    const { begun: _, ...anew } = env
    return await runOnce(vault, request, anew, emit)
  }
}

async function runOnce(
  vault: OpenedVault,
  request: BackupRequest,
  env: RunEnv,
  emit: (event: BackupEvent) => void,
): Promise<BackupEvent> {
  const startedMs = env.clock.nowMs()
  const tally = createRunTally(env.clock, emit)
  const roots = rootsOf(request, env.source)
  const scanStartedNs = env.begun?.startedNs ?? env.clock.nowNs()
  await using ahead =
    env.begun === undefined ? env.source.walkAhead?.(request.sources, env.signal) : undefined
  const claimed: Promise<{ epoch: number }> = request.dryRun
    ? Promise.resolve({ epoch: 1 })
    : claimWriter(vault, { ...request, takeOver: false }, env)
  // Its failure is met where the claim is needed. A run that ends before leaves no claim on its way.
  const begun: Promise<unknown>[] = [Promise.allSettled([claimed])]
  await using stack = new AsyncDisposableStack()
  stack.defer(async () => void (await Promise.all(begun)))
  const history = await readSnapshots(vault, env, { writer: request.writer })
  for (const { reason } of history.broken) tally.log('warn', reason)
  const base = baseSnapshot(history.snapshots, request)
  // A first backup has all to read and pack, meanwhile: only the first pack waits for the claim then.
  const isFirst = base.manifest === undefined && !request.dryRun
  if (!isFirst) await claimed
  await expectSize(request, roots, { base: base.manifest, tally, env })

  await using workshop = openWorkshop(vault.keys, { threads: env.threads ?? 2 })
  const unfinished = unfinishedNote(vault, request.writer, env)
  // Nothing of the index is needed while nothing is new: a run without changes never loads it.
  const index = once(async () => {
    const adopt = unfinished.isThere()
    return await loadIndex(vault, await readSnapshots(vault, env), env, { for: 'writing', adopt })
  })
  const packs = once(async () => {
    unfinished.write()
    return createPackWriter((await index()).index, putsAfter(claimed, vault.store), {
      random: env.random,
      signal: env.signal,
      inFlight: 2,
      digest: async (buffer) => (await workshop.digest({ buffer })).sha256,
      onStored: tally.stored,
    })
  })
  if (isFirst) {
    workshop.warmUp()
    begun.push(Promise.allSettled([index()]))
  }
  const reused = new Set<number>()
  const content = createContentStore({
    source: env.source,
    index: async () => (await index()).index,
    workshop,
    packs,
    level: 3,
    signal: env.signal,
    onRead: tally.read,
    onReused: (pack) => reused.add(pack),
    // The next run needs it, and so does a repair when the vault loses it.
    onMeta: (id, frame) => env.cache.put(leafCacheKey(vault, id), frame),
  })
  const manifest = createStoredManifest(vault, {
    base: base.manifest,
    content: request.dryRun ? undefined : content,
  })
  const committer = createCommitter(vault, {
    request,
    ...{ claimed, history, base, startedMs, scanStartedNs, env },
    packs: async () => (packs.started() ? (await packs()).stored : []),
    index: async () => (index.started() ? await index() : undefined),
    reused,
  })
  /** What was read so far becomes a snapshot of its own, so that a long run that is cut off loses little. */
  const commit = async (kind: 'run' | 'checkpoint', suspect = false) => {
    const leaves = await manifest.finish()
    await content.flush()
    if (packs.started()) await (await packs()).finish()
    const committed = await committer.commit({ kind, leaves, counts: tally.counts(), suspect })
    tally.stored(committed.bytesStored)
    unfinished.clear()
    return committed
  }

  tally.phase('scanning')
  await mergeWalk({
    ...{ request, roots, vault, env, tally, content, manifest },
    batches: env.begun?.batches ?? ahead ?? walkInBatches(env.source, roots),
    base: base.manifest,
    holds: await linesAtHand(history, async () => (await index()).index),
    checkpoint: {
      due: request.dryRun ? () => false : checkpointRule(env.clock, tally.counts),
      async make() {
        await commit('checkpoint')
        tally.log('info', 'A checkpoint was stored: what is backed up so far is safe.')
      },
    },
  })
  if (request.dryRun) {
    const seq = committer.nextSeq()
    const summary = summaryOf(tally, { snapshot: `${request.writer}-${seq}`, startedMs, suspect: null, env })
    return { type: 'finished', summary }
  }
  tally.phase('committing')
  const before = base.trusted?.body
  const suspect =
    (request.brake === true && before !== undefined
      ? brakeReason({ before, now: tally.counts() })
      : undefined) ?? null
  if (suspect !== null) tally.log('warn', suspect)
  const { id } = await commit('run', suspect !== null)
  tally.phase('finishing')
  return { type: 'finished', summary: summaryOf(tally, { snapshot: id, startedMs, suspect, env }) }
}

/** Sources as walk roots, in label order. SOURCE_MISSING when one is not there. */
function rootsOf(request: BackupRequest, source: SourceTree): WalkRoot[] {
  for (const { path } of request.sources) {
    const found = source.lstat(path)
    if ('problem' in found && found.gone)
      throw new HoldfastError('SOURCE_MISSING', `There is nothing at ${pathToText(path)}.`)
  }
  return walkRoots(request.sources)
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

function summaryOf(
  tally: RunTally,
  run: { snapshot: string; startedMs: number; suspect: string | null; env: RunEnv },
): BackupSummary {
  const { dirs: _, ...counts } = tally.counts()
  const { suspect, env, startedMs } = run
  const durationMs = env.clock.nowMs() - startedMs
  return { ...counts, snapshot: SnapshotId.parse(run.snapshot), durationMs, suspect }
}

function once<T>(make: () => Promise<T>): (() => Promise<T>) & { started(): boolean } {
  let made: Promise<T> | undefined
  const get = () => {
    made ??= make()
    return made
  }
  return Object.assign(get, { started: () => made !== undefined })
}
