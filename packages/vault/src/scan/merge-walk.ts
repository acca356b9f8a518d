import type { BackupEnv, BackupRequest } from '../backup.ts'
import type { ContentStore, StoredContent } from '../chunk/store-content.ts'
import type { EntryStat, SourceTree } from '../ports.ts'
import type { RunTally } from '../run-tally.ts'
import { createHardlinkGroups } from '../snapshot/hardlink-groups.ts'
import { createLeafReader } from '../snapshot/leaf.ts'
import { createManifestCursor, type ManifestCursor } from '../snapshot/manifest-cursor.ts'
import { linePrefix, lineSuffix } from '../snapshot/manifest-line.ts'
import type { OldPlace } from '../snapshot/manifest-writer.ts'
import { createOrderedLines, type ManifestLine } from '../snapshot/ordered-lines.ts'
import type { Snapshot } from '../snapshot/snapshot-format.ts'
import type { StoredManifest } from '../snapshot/stored-manifest.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { breathe } from './breathe.ts'
import { type BytePath, comparePaths, fromBytePath, toBytePath } from './path-order.ts'
import { pathToText } from './path-text.ts'
import { type PrefixedStep, type StepBatch, stepsOf } from './step-batch.ts'
import { type Left, type Step, standsAt, type WalkRoot } from './walk.ts'

/** Merges the walk with the last manifest, entry by entry. */
export async function mergeWalk(work: {
  request: BackupRequest
  roots: readonly WalkRoot[]
  /** The walk over `roots`, see `walkInBatches`. */
  batches: AsyncIterable<StepBatch> | Iterable<StepBatch>
  base: Snapshot | undefined
  vault: OpenedVault
  env: BackupEnv & { readonly signal: AbortSignal }
  tally: RunTally
  content: ContentStore
  manifest: StoredManifest
  /** False when a piece of the line is known to be lost: its file is read again. */
  holds(line: string): boolean
  /** Asked now and then with nothing waiting: makes a checkpoint when it is time for one. */
  checkpoint?: { readonly due: () => boolean; make(): Promise<void> }
}): Promise<void> {
  const { env, tally, content, manifest, base } = work
  const lines = createOrderedLines()
  const cursor = createManifestCursor(createLeafReader(work.vault, env), base, {
    onDamage(leaf, reason) {
      manifest.distrust(leaf)
      tally.log('warn', `A part of the last manifest is lost, so its files are read again: ${reason}`)
    },
  })
  const links = createHardlinkGroups()
  const trusted = trustRule(base, env.source)

  for await (const batch of work.batches) {
    for (const step of stepsOf(batch, work.roots, meetEnd)) {
      const pending = merge(step)
      if (pending !== undefined) await pending
    }
    if (tally.tick()) await breathe(env.signal)
    if (lines.waiting > MAX_WAITING) await content.flush()
    if (lines.waiting > 0) await lines.take(manifest.add)
    if (work.checkpoint?.due() === true) {
      await content.flush()
      await lines.take(manifest.add)
      await work.checkpoint.make()
    }
  }
  await content.flush()
  await lines.take(manifest.add)

  function meetEnd({ path, real, stood }: Left): void {
    if (standsAt(env.source, real) !== stood) tally.skipped(path, 'taken away or replaced while it was read')
  }

  /** Answers a promise only where there is something to wait for: an unchanged file mostly has nothing. */
  function merge(step: PrefixedStep): Promise<void> | undefined {
    const { path, found } = step
    if ('problem' in found) {
      tally.skipped(path, found.problem)
      return add({ path, line: linePrefix(path, UNKNOWN, undefined) + lineSuffix(found), old: undefined })
    }
    const group = links.groupOf(found)
    if (group !== undefined) return find({ ...step, prefix: linePrefix(path, found, group) }, found)
    return find(step, found)
  }

  function find(step: PrefixedStep, found: EntryStat): Promise<void> | undefined {
    const old = seek(cursor, step.path, step.prefix)
    return old instanceof Promise ? old.then((line) => settle(step, found, line)) : settle(step, found, old)
  }

  function settle(step: PrefixedStep, found: EntryStat, old: OldLine | undefined): Promise<void> | undefined {
    const { path, prefix } = step
    if (found.kind !== 'file') {
      const line = prefix + suffixOfOther(step, found, { tally, source: env.source })
      return add({ path, line, old: old?.line === line ? old.place : undefined })
    }
    if (old?.sameStat === true && trusted(step.real, found, old.line) && work.holds(old.line)) {
      tally.unchangedFile(found.size)
      return add({ path, line: old.line, old: old.place })
    }
    if (!work.request.dryRun) return store(step, found, old)
    tally.settledFile(old !== undefined, found.size)
    return undefined
  }

  function add(line: ManifestLine): Promise<void> | undefined {
    if (lines.waiting === 0) return manifest.add(line)
    lines.add(line)
    return undefined
  }

  function store(step: PrefixedStep, found: EntryStat, old: OldLine | undefined): Promise<void> {
    const { path, real, prefix } = step
    tally.reading(path)
    const place = lines.keepPlace()
    return content.store(path, real, found, (stored) => {
      if (stored.kind === 'stored') {
        tally.settledFile(old !== undefined, stored.stat.size)
        if (stored.torn) tally.log('warn', `${textOf(path)} kept changing while it was read.`)
      } else if (!stored.gone) tally.skipped(path, stored.problem)
      place.settle(lineOf(stored))
    })

    /** The line of a file that was read; a file that vanished in between was simply deleted. */
    function lineOf(stored: StoredContent): Promise<ManifestLine | undefined> | ManifestLine | undefined {
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
}

/** How many entries may wait for one that is still being read. */
const MAX_WAITING = 10_000

type OldLine = { readonly line: string; readonly place: OldPlace; readonly sameStat: boolean }

/**
 * The last manifest's line of a path, undefined when it had none; lines of deleted entries are passed over. A promise
 * when the next leaf has to come first.
 */
function seek(
  cursor: ManifestCursor,
  path: BytePath,
  prefix: string,
): Promise<OldLine | undefined> | OldLine | undefined {
  for (;;) {
    const { line } = cursor
    if (line === undefined) return seekFurther(cursor, path, prefix)
    const sameStat = line.startsWith(prefix)
    const order = sameStat ? 0 : comparePaths(cursor.path(), path)
    if (order > 0) return undefined
    const place = cursor.place()
    cursor.next()
    if (order === 0) return { line, place, sameStat }
  }
}

async function seekFurther(
  cursor: ManifestCursor,
  path: BytePath,
  prefix: string,
): Promise<OldLine | undefined> {
  await cursor.fill()
  return cursor.line === undefined ? undefined : await seek(cursor, path, prefix)
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
