import { HoldfastError, type SnapshotId } from '@holdfast/domain'
import { type BytePath, comparePaths, fromBytePath, isInside, toBytePath } from './scan/path-order.ts'
import { pathToText } from './scan/path-text.ts'
import { entryAt } from './snapshot/entry-at.ts'
import { createLeafReader, firstLeafFor, type LeafReader, leafPath } from './snapshot/leaf.ts'
import { createManifestCursor, type ManifestCursor } from './snapshot/manifest-cursor.ts'
import { type Entry as ManifestEntry, parseLine } from './snapshot/manifest-line.ts'
import { findSnapshot } from './snapshot/read-snapshots.ts'
import { sameAttributes, sameContent } from './snapshot/same-entry.ts'
import type { Snapshot } from './snapshot/snapshot-format.ts'
import type { EngineEnv } from './vault/create-vault.ts'
import type { OpenedVault } from './vault/open-vault.ts'

/**
 * A path that differs. `attributes`: the same content with another mode, owner or time. Sizes are bytes of files, null
 * where there was or is nothing, or nothing that has a size.
 */
export type DiffEntry = {
  readonly path: Uint8Array
  readonly kind: ManifestEntry['kind']
  readonly change: 'added' | 'removed' | 'changed' | 'attributes'
  readonly sizeBefore: number | null
  readonly sizeAfter: number | null
}

/** Counts of entries and the bytes of their files: of `removed` as they were, of `added` and `changed` as they are. */
export type DiffTotals = Readonly<Record<DiffEntry['change'], { entries: number; bytes: number }>>

export type DiffEvent =
  | { readonly type: 'entry'; readonly entry: DiffEntry }
  | { readonly type: 'finished'; readonly totals: DiffTotals }

/**
 * What is different in `to` against `from`, at and below `path` or everywhere, in manifest order; the totals last.
 * Leaves that both share are not read, so the cost is that of the difference. Rejects with SNAPSHOT_UNKNOWN,
 * VAULT_DAMAGED where a list can't be read, CANCELLED, REMOTE_*.
 */
export async function* diffSnapshots(
  vault: OpenedVault,
  query: { from: SnapshotId | 'latest'; to: SnapshotId | 'latest'; path?: Uint8Array | undefined },
  env: EngineEnv,
): AsyncGenerator<DiffEvent, void, undefined> {
  const from = await findSnapshot(vault, query.from, env)
  const to = await findSnapshot(vault, query.to, env)
  const folder = query.path === undefined ? '' : toBytePath(query.path)
  const reader = createLeafReader(vault, env)
  if (folder !== '' && !(await holds(reader, from, folder)) && !(await holds(reader, to, folder)))
    throw new HoldfastError(
      'NOTHING_SELECTED',
      `Neither ${from.id} nor ${to.id} holds anything at ${pathToText(fromBytePath(folder))}.`,
    )
  yield* differences(reader, { from, to, folder }, env)
}

/** The same for two snapshots that were read already. */
export async function* differences(
  reader: LeafReader,
  { from, to, folder }: { from: Snapshot; to: Snapshot; folder: BytePath },
  env: EngineEnv,
): AsyncGenerator<DiffEvent, void, undefined> {
  const totals = {
    added: { entries: 0, bytes: 0 },
    removed: { entries: 0, bytes: 0 },
    changed: { entries: 0, bytes: 0 },
    attributes: { entries: 0, bytes: 0 },
  }
  const old = ownLines(reader, { of: from, against: to, folder })
  const now = ownLines(reader, { of: to, against: from, folder })
  await Promise.all([settle(old), settle(now)])
  while (old.line !== undefined || now.line !== undefined) {
    env.signal?.throwIfAborted()
    const order = orderOf(old, now)
    const before = order <= 0 ? lineOf(old) : undefined
    const after = order >= 0 ? lineOf(now) : undefined
    const entry = before === after ? undefined : differenceOf(before, after)
    if (entry !== undefined && isInside(toBytePath(entry.path), folder)) {
      const total = totals[entry.change]
      total.entries += 1
      total.bytes += entry.sizeAfter ?? entry.sizeBefore ?? 0
      yield { type: 'entry', entry }
    }
    if (order <= 0) await advance(old)
    if (order >= 0) await advance(now)
  }
  yield { type: 'finished', totals }
}

async function holds(reader: LeafReader, snapshot: Snapshot, path: BytePath): Promise<boolean> {
  return (await entryAt(reader, snapshot, path)) !== undefined
}

/** The lines of a snapshot that are not in a leaf of the other one; of the rest every line is in both. */
function ownLines(
  reader: LeafReader,
  wish: { of: Snapshot; against: Snapshot; folder: BytePath },
): ManifestCursor {
  const { of, against, folder } = wish
  const shared = new Set(against.body.leaves.map(([, , id]) => id))
  const leaves = of.body.leaves
    .slice(firstLeafFor(of.body.leaves, folder))
    .filter(([first, , id]) => !shared.has(id) && !isBehind(leafPath(first), folder))
  return createManifestCursor(reader, { ...of, body: { ...of.body, leaves } })
}

function isBehind(path: BytePath, folder: BytePath): boolean {
  return comparePaths(path, folder) > 0 && !isInside(path, folder)
}

async function settle(cursor: ManifestCursor): Promise<void> {
  if (cursor.line === undefined) await cursor.fill()
}

async function advance(cursor: ManifestCursor): Promise<void> {
  cursor.next()
  await settle(cursor)
}

function orderOf(old: ManifestCursor, now: ManifestCursor): number {
  if (old.line === undefined) return 1
  if (now.line === undefined) return -1
  return comparePaths(old.path(), now.path())
}

function lineOf(cursor: ManifestCursor): string | undefined {
  return cursor.line
}

function differenceOf(before: string | undefined, after: string | undefined): DiffEntry | undefined {
  const old = before === undefined ? undefined : parseLine(before)
  const now = after === undefined ? undefined : parseLine(after)
  const entry = now ?? old
  const change = changeOf(old, now)
  if (entry === undefined || change === undefined) return undefined
  const { path, kind } = entry
  return { path: fromBytePath(path), kind, change, sizeBefore: sizeOf(old), sizeAfter: sizeOf(now) }
}

function changeOf(
  old: ManifestEntry | undefined,
  now: ManifestEntry | undefined,
): DiffEntry['change'] | undefined {
  if (old === undefined) return 'added'
  if (now === undefined) return 'removed'
  if (!sameContent(old, now) || old.problem !== now.problem) return 'changed'
  return sameAttributes(old, now) ? undefined : 'attributes'
}

function sizeOf(entry: ManifestEntry | undefined): number | null {
  return entry?.kind === 'file' ? entry.size : null
}
