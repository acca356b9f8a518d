import { type HoldfastError, isHoldfastError, type SnapshotId } from '@holdfast/domain'
import { readNameCache } from './names/read-name-cache.ts'
import { namePattern } from './scan/name-pattern.ts'
import { type BytePath, comparePaths, fromBytePath, toBytePath } from './scan/path-order.ts'
import { distinctLeaves, type HeldLeaf } from './snapshot/distinct-leaves.ts'
import { linesOf } from './snapshot/entry-at.ts'
import { createLeafReader, leafPath } from './snapshot/leaf.ts'
import type { Entry } from './snapshot/list-entries.ts'
import { type Entry as ManifestEntry, parseLine, pathOfLine } from './snapshot/manifest-line.ts'
import { findSnapshot, readSnapshots } from './snapshot/read-snapshots.ts'
import type { Snapshot } from './snapshot/snapshot-format.ts'
import type { EngineEnv } from './vault/create-vault.ts'
import type { OpenedVault } from './vault/open-vault.ts'

/** A path with a name that was looked for: what it was last, and where it is to be had. */
export type FoundEntry = Pick<Entry, 'path' | 'kind' | 'size' | 'mtimeNs'> & {
  readonly machine: string
  readonly plan: string | null
  /** The oldest and the newest snapshot that holds it, and how many do. */
  readonly first: SnapshotId
  readonly last: SnapshotId
  readonly count: number
}

export type FindEvent =
  | { readonly type: 'found'; readonly entry: FoundEntry }
  /** A part of the snapshots' lists that is damaged: names between these paths may be missing from the answer. */
  | {
      readonly type: 'unreadable'
      readonly from: Uint8Array
      readonly to: Uint8Array
      readonly reason: string
    }

/**
 * Every path of one snapshot, or of all runs of the vault, whose name fits `pattern` (see `namePattern`), in manifest
 * order; one event per path, machine and plan. What snapshots share is read once, so many snapshots cost little more
 * than one; parts whose names the cache knows (`buildNameCache`) are read only where one fits. With `after`, only paths
 * behind that one. Rejects with SNAPSHOT_UNKNOWN, CANCELLED, or REMOTE_*; damage is told and passed over.
 */
export async function* findEntries(
  vault: OpenedVault,
  query: {
    pattern: string
    snapshot?: SnapshotId | 'latest' | undefined
    after?: Uint8Array | undefined
  },
  env: EngineEnv,
): AsyncGenerator<FindEvent, void, undefined> {
  const pattern = namePattern(query.pattern)
  const after = query.after === undefined ? undefined : toBytePath(query.after)
  const isAhead = (path: BytePath) => after === undefined || comparePaths(path, after) > 0
  const snapshots = await searched(vault, query.snapshot, env)
  const without = await readNameCache(vault, pattern, env)
  const leaves = distinctLeaves(snapshots).filter(
    ({ leaf }) => !without.has(leaf[2]) && isAhead(leafPath(leaf[1])),
  )
  const reader = createLeafReader(vault, env)
  const ahead: Promise<string>[] = []
  const waiting = new Map<string, Row>()
  for (const [i, { leaf, first, holders }] of leaves.entries()) {
    env.signal?.throwIfAborted()
    // A path that comes before this leaf's first one will not come again.
    yield* take(waiting, (path) => comparePaths(path, first) < 0)
    for (let next = i + ahead.length; next < Math.min(leaves.length, i + READ_AHEAD); next += 1)
      ahead.push(startRead(leaves[next] as HeldLeaf))
    let lines: string
    try {
      lines = await (ahead.shift() as Promise<string>)
    } catch (error) {
      if (!isDamage(error)) throw error
      const [from, to] = [fromBytePath(first), fromBytePath(leafPath(leaf[1]))]
      yield { type: 'unreadable', from, to, reason: error.message }
      continue
    }
    const spans = spansOf(holders)
    for (const line of linesOf(lines)) {
      const path = pathOfLine(line)
      if (isAhead(path) && pattern.fits(path)) note(waiting, parseLine(line), spans)
    }
  }
  yield* take(waiting, () => true)

  function startRead({ leaf, holders }: HeldLeaf): Promise<string> {
    const lines = reader.read(holders[0] as Snapshot, leaf)
    // Its failure is met when its turn comes, not as an unhandled rejection before.
    lines.catch(() => undefined)
    return lines
  }
}

const READ_AHEAD = 4

/** Snapshots by time, oldest first; ties by sequence. */
async function searched(
  vault: OpenedVault,
  only: SnapshotId | 'latest' | undefined,
  env: EngineEnv,
): Promise<Snapshot[]> {
  if (only !== undefined) return [await findSnapshot(vault, only, env)]
  const { snapshots } = await readSnapshots(vault, env)
  return snapshots.filter(({ body }) => body.kind === 'run').sort(byTime)
}

/** The order of snapshots by time, then by sequence. */
export function byTime({ body: a }: Snapshot, { body: b }: Snapshot): number {
  return a.started < b.started ? -1 : a.started > b.started ? 1 : a.seq - b.seq
}

/** Which snapshots of one machine and plan hold something: oldest, newest, how many. */
type Span = { readonly line: string; readonly first: Snapshot; last: Snapshot; count: number }

function spansOf(holders: readonly Snapshot[]): Span[] {
  const spans = new Map<string, Span>()
  for (const snapshot of holders) {
    const line = JSON.stringify([snapshot.body.machine, snapshot.body.plan])
    const span = spans.get(line)
    if (span === undefined) spans.set(line, { line, first: snapshot, last: snapshot, count: 1 })
    else {
      span.last = snapshot
      span.count += 1
    }
  }
  return [...spans.values()]
}

type Row = { path: BytePath; entry: ManifestEntry; first: Snapshot; last: Snapshot; count: number }

function note(waiting: Map<string, Row>, entry: ManifestEntry, spans: readonly Span[]): void {
  const { path } = entry
  for (const { line, first, last, count } of spans) {
    const key = `${path}\0${line}`
    const row = waiting.get(key)
    if (row === undefined) {
      waiting.set(key, { path, entry, first, last, count })
      continue
    }
    row.count += count
    if (byTime(first, row.first) < 0) row.first = first
    if (byTime(last, row.last) < 0) continue
    row.last = last
    row.entry = entry
  }
}

function* take(
  waiting: Map<string, Row>,
  isDone: (path: BytePath) => boolean,
): Generator<FindEvent, void, undefined> {
  const done = [...waiting].filter(([, { path }]) => isDone(path))
  done.sort(([, a], [, b]) => comparePaths(a.path, b.path) || byTime(b.last, a.last))
  for (const [key, { path, entry, first, last, count }] of done) {
    waiting.delete(key)
    const { machine, plan } = last.body
    const { kind, size, mtimeNs } = entry
    const what = { path: fromBytePath(path), kind, size, mtimeNs, machine, plan }
    yield { type: 'found', entry: { ...what, first: first.id, last: last.id, count } }
  }
}

function isDamage(error: unknown): error is HoldfastError {
  return (['VAULT_DAMAGED', 'OBJECT_MISSING', 'REMOTE_LIES'] as const).some((code) =>
    isHoldfastError(error, code),
  )
}
