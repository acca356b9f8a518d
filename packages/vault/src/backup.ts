import {
  type BackupSummary,
  HoldfastError,
  type LogLevel,
  type Progress,
  type WriterId,
} from '@holdfast/domain'
import { createContentStore, type StoredContent } from './chunk/store-content.ts'
import { eventStream } from './event-stream.ts'
import { loadIndex } from './index/load-index.ts'
import { createPackWriter } from './pack/pack-writer.ts'
import { openWorkshop } from './pack/workshop.ts'
import type { EntryStat, SourceTree } from './ports.ts'
import { createRunTally, type RunTally } from './run-tally.ts'
import { excludeRules } from './scan/exclude-rules.ts'
import { type BytePath, comparePaths, fromBytePath, toBytePath } from './scan/path-order.ts'
import { pathToText } from './scan/path-text.ts'
import { type Step, type WalkRoot, walk } from './scan/walk.ts'
import { commitSnapshot } from './snapshot/commit-snapshot.ts'
import { createHardlinkGroups } from './snapshot/hardlink-groups.ts'
import { createLeafReader } from './snapshot/leaf.ts'
import { createManifestCursor, type ManifestCursor } from './snapshot/manifest-cursor.ts'
import { linePrefix, lineSuffix } from './snapshot/manifest-line.ts'
import type { OldPlace } from './snapshot/manifest-writer.ts'
import { createOrderedLines, type ManifestLine } from './snapshot/ordered-lines.ts'
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
  await scan({ request, roots, base, vault, env, tally, content, manifest })
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
    index: writer === undefined ? undefined : await index(),
    scanStartedNs,
    startedMs,
    counts: tally.counts(),
    env,
  })
  tally.stored(committed.bytesStored)
  tally.phase('finishing')
  return { type: 'finished', summary: summaryOf(tally, committed.id, env.clock.nowMs() - startedMs) }
}

/** Merges the walk with the last manifest, entry by entry. */
async function scan(work: {
  request: BackupRequest
  roots: readonly WalkRoot[]
  base: Snapshot | undefined
  vault: OpenedVault
  env: RunEnv
  tally: RunTally
  content: ReturnType<typeof createContentStore>
  manifest: ReturnType<typeof createStoredManifest>
}): Promise<void> {
  const { env, tally, content, manifest, base } = work
  const lines = createOrderedLines()
  const cursor = createManifestCursor(createLeafReader(work.vault, env), base)
  const links = createHardlinkGroups()
  const trusted = trustRule(base, env.source)
  let steps = 0

  for (const step of walk(env.source, work.roots)) {
    steps += 1
    if ((steps & 0xff) === 0) {
      if (tally.tick()) await breathe(env.signal)
      if (lines.waiting > MAX_WAITING) await content.flush()
      if (lines.waiting > 0) await lines.take(manifest.add)
    }
    const { path, found } = step
    if ('problem' in found) {
      tally.skipped(path, found.problem)
      lines.add({ path, line: linePrefix(path, UNKNOWN, undefined) + lineSuffix(found), old: undefined })
      continue
    }
    const prefix = linePrefix(path, found, links.groupOf(found))
    const old = await seek(cursor, path, prefix)
    if (found.kind !== 'file') {
      const line = prefix + suffixOfOther(step, found, { tally, source: env.source })
      lines.add({ path, line, old: old?.line === line ? old.place : undefined })
    } else if (old?.sameStat === true && trusted(step.real, found, old.line)) {
      tally.unchangedFile(found.size)
      if (lines.waiting === 0) await manifest.add({ path, line: old.line, old: old.place })
      else lines.add({ path, line: old.line, old: old.place })
    } else if (work.request.dryRun) {
      tally.settledFile(old !== undefined, found.size)
    } else {
      tally.reading(path)
      const place = lines.keepPlace()
      await content.store(path, step.real, found, (stored) => {
        if (stored.kind === 'stored') {
          tally.settledFile(old !== undefined, stored.stat.size)
          if (stored.torn) tally.log('warn', `${textOf(path)} kept changing while it was read.`)
        } else if (!stored.gone) tally.skipped(path, stored.problem)
        place.settle(lineOf(stored))
      })
    }

    /** The line of a file that was read; a file that vanished in between was simply deleted. */
    function lineOf(stored: StoredContent): Promise<ManifestLine | undefined> | ManifestLine | undefined {
      if ('problem' in found) return undefined
      if (stored.kind === 'unreadable')
        return stored.gone ? undefined : { path, line: prefix + lineSuffix(stored), old: undefined }
      const start = stored.stat === found ? prefix : linePrefix(path, stored.stat, links.groupOf(stored.stat))
      const suffix = manifest.contentSuffix(stored.parts, stored.torn)
      const whole = (end: string): ManifestLine => {
        const line = start + end
        return { path, line, old: old?.line === line ? old.place : undefined }
      }
      return typeof suffix === 'string' ? whole(suffix) : suffix.then(whole)
    }
  }
  await content.flush()
  await lines.take(manifest.add)
}

/** How many entries may wait for one that is still being read. */
const MAX_WAITING = 20_000

type OldLine = { readonly line: string; readonly place: OldPlace; readonly sameStat: boolean }

/** The last manifest's line of a path, undefined when it had none; lines of deleted entries are passed over. */
async function seek(cursor: ManifestCursor, path: BytePath, prefix: string): Promise<OldLine | undefined> {
  for (;;) {
    if (cursor.line === undefined) await cursor.fill()
    const line = cursor.line
    if (line === undefined) return undefined
    const sameStat = line.startsWith(prefix)
    const order = sameStat ? 0 : comparePaths(cursor.path(), path)
    if (order > 0) return undefined
    const place = cursor.place()
    cursor.next()
    if (order === 0) return { line, place, sameStat }
  }
}

/**
 * When an unchanged lstat may be believed: the old line must hold content that was read calmly, and the inode's last
 * change must lie before the last walk by more than the file system's timestamp step; a change within the same step
 * would not show (the racy rule).
 */
function trustRule(base: Snapshot | undefined, source: SourceTree) {
  const startedNs = base === undefined ? 0n : BigInt(base.body.scanStartedNs)
  /** By device: a folder may hold mounts of other file systems. */
  const limits = new Map<string, bigint>()
  return (real: BytePath, stat: EntryStat, oldLine: string): boolean => {
    const limitNs = limits.get(stat.dev) ?? startedNs - source.timestampGranularityNs(fromBytePath(real))
    limits.set(stat.dev, limitNs)
    return stat.ctimeNs < limitNs && !oldLine.endsWith(',"torn":1}\n') && !oldLine.includes(',"e":"')
  }
}

/** What follows the prefix of an entry that is no file. */
function suffixOfOther(step: Step, stat: EntryStat, by: { tally: RunTally; source: SourceTree }): string {
  by.tally.entry(stat)
  if (stat.kind === 'dir' && step.listing !== undefined) {
    by.tally.skipped(step.path, step.listing.problem)
    return lineSuffix({ problem: step.listing.problem })
  }
  if (stat.kind !== 'link') return lineSuffix({})
  const target = by.source.readLink(fromBytePath(step.real))
  if (target instanceof Uint8Array) return lineSuffix({ linkTarget: toBytePath(target) })
  by.tally.skipped(step.path, target.problem)
  return lineSuffix({ problem: target.problem })
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
  return { ...counts, snapshot: snapshot as BackupSummary['snapshot'], durationMs }
}

/** Lets events and answers through between stretches of synchronous work; throws when cancelled. */
async function breathe(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  signal.throwIfAborted()
}

function once<T>(make: () => Promise<T>): (() => Promise<T>) & { started(): boolean } {
  let made: Promise<T> | undefined
  const get = () => {
    made ??= make()
    return made
  }
  return Object.assign(get, { started: () => made !== undefined })
}

function textOf(path: BytePath): string {
  return pathToText(fromBytePath(path))
}

/** What stands in the line of an entry that even lstat could not see. */
const UNKNOWN: EntryStat = {
  kind: 'file',
  mode: 0,
  uid: 0,
  gid: 0,
  size: 0,
  mtimeNs: 0n,
  ctimeNs: 0n,
  ino: '0',
  dev: '0',
  nlink: 1,
  allocated: 0,
  rdevMajor: 0,
  rdevMinor: 0,
}
