import { type BytePath, comparePaths, isInside } from '../scan/path-order.ts'
import type { LeafReader } from '../snapshot/leaf.ts'
import { createManifestCursor, type ManifestCursor } from '../snapshot/manifest-cursor.ts'
import { type Entry, parseLine } from '../snapshot/manifest-line.ts'
import type { Snapshot } from '../snapshot/snapshot-format.ts'

/** A path as it was then and as it is now; one of them may be missing. */
export type Pair = {
  readonly path: BytePath
  readonly old: Entry | undefined
  readonly now: Entry | undefined
}

/** Every path below the labels in either snapshot, in manifest order. A leaf that can't be read rejects. */
export async function* pairedEntries(
  reader: LeafReader,
  snapshots: { readonly old: Snapshot; readonly now: Snapshot },
  labels: readonly BytePath[],
): AsyncGenerator<Pair, void, undefined> {
  const old = createManifestCursor(reader, snapshots.old)
  const now = createManifestCursor(reader, snapshots.now)
  await Promise.all([settle(old), settle(now)])
  while (old.line !== undefined || now.line !== undefined) {
    const order = orderOf(old, now)
    const path = order <= 0 ? old.path() : now.path()
    if (labels.some((label) => isInside(path, label)))
      yield {
        path,
        old: order <= 0 ? entryOf(old) : undefined,
        now: order >= 0 ? entryOf(now) : undefined,
      }
    if (order <= 0) await advance(old)
    if (order >= 0) await advance(now)
  }
}

function entryOf(cursor: ManifestCursor): Entry | undefined {
  return cursor.line === undefined ? undefined : parseLine(cursor.line)
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
