import { HoldfastError, type SnapshotId } from '@holdfast/domain'
import {
  afterFolder,
  type BytePath,
  comparePaths,
  fromBytePath,
  isInside,
  toBytePath,
} from '../scan/path-order.ts'
import type { EngineEnv } from '../vault/create-vault.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { createLeafReader, firstLeafFor, type LeafReader } from './leaf.ts'
import { createManifestCursor } from './manifest-cursor.ts'
import { type Entry as ManifestEntry, parseLine, pathOfLine } from './manifest-line.ts'
import { findSnapshot } from './read-snapshots.ts'
import type { Snapshot } from './snapshot-format.ts'

/** An entry of a snapshot as callers see it: like the manifest's, with paths as bytes. */
export type Entry = {
  readonly path: Uint8Array
  readonly kind: ManifestEntry['kind']
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  readonly mtimeNs: bigint
  readonly linkTarget: Uint8Array | undefined
  /** Why it could not be read when the snapshot was made. */
  readonly problem: string | undefined
  readonly torn: boolean
}

/**
 * The entries of a snapshot in manifest order: everything, or what lies at and below `path`. Without `recursive` only
 * the entry itself and, for a folder, its children. Reads only the leaves it needs.
 */
export async function* listEntries(
  vault: OpenedVault,
  query: { snapshot: SnapshotId | 'latest'; path?: Uint8Array; recursive: boolean },
  env: EngineEnv,
): AsyncGenerator<Entry, void, undefined> {
  const snapshot = await findSnapshot(vault, query.snapshot, env)
  const reader = createLeafReader(vault, env)
  const folder = query.path === undefined ? '' : toBytePath(query.path)
  if (query.recursive) {
    for await (const line of linesFrom(reader, snapshot, folder)) {
      if (!isInside(pathOfLine(line), folder)) return
      yield entryOf(parseLine(line))
    }
    return
  }
  for await (const line of linesFrom(reader, snapshot, folder)) {
    if (folder !== '' && pathOfLine(line) === folder) yield entryOf(parseLine(line))
    break
  }
  yield* childrenOf(reader, snapshot, folder, undefined)
}

/**
 * One page of a folder's children in byte order of their names, after `after`. Whole subfolders are stepped over by
 * the leaf table, so the first page of any folder costs a few range reads. SNAPSHOT_UNKNOWN as elsewhere.
 */
export async function browseFolder(
  vault: OpenedVault,
  query: { snapshot: SnapshotId | 'latest'; path: Uint8Array; after?: Uint8Array | undefined; limit: number },
  env: EngineEnv,
): Promise<{ entries: Entry[]; more: boolean }> {
  const snapshot = await findSnapshot(vault, query.snapshot, env)
  const reader = createLeafReader(vault, env)
  const after = query.after === undefined ? undefined : toBytePath(query.after)
  const entries: Entry[] = []
  for await (const entry of childrenOf(reader, snapshot, toBytePath(query.path), after)) {
    if (entries.length === query.limit) return { entries, more: true }
    entries.push(entry)
  }
  return { entries, more: false }
}

/**
 * Lines of a manifest from the first one at or after `start`. A leaf that is damaged is passed over when `onDamage` is
 * there to be told, and rejects otherwise.
 */
export async function* linesFrom(
  reader: LeafReader,
  snapshot: Snapshot,
  start: BytePath,
  { onDamage }: { onDamage?: ((leaf: number, reason: string) => void) | undefined } = {},
): AsyncGenerator<string, void, undefined> {
  const cursor = createManifestCursor(reader, snapshot, {
    firstLeaf: firstLeafFor(snapshot.body.leaves, start),
    ...(onDamage === undefined ? {} : { onDamage }),
  })
  let begun = false
  for (;;) {
    if (cursor.line === undefined) await cursor.fill()
    const { line } = cursor
    if (line === undefined) return
    begun ||= comparePaths(cursor.path(), start) >= 0
    if (begun) yield line
    cursor.next()
  }
}

/** The direct children of a folder; a child folder's own content is skipped by seeking behind it. */
async function* childrenOf(
  reader: LeafReader,
  snapshot: Snapshot,
  folder: BytePath,
  after: BytePath | undefined,
): AsyncGenerator<Entry, void, undefined> {
  let from: BytePath | undefined = after === undefined ? folder : afterFolder(after)
  while (from !== undefined) {
    const start: BytePath = from
    from = undefined
    let passed = 0
    for await (const line of linesFrom(reader, snapshot, start)) {
      const path = pathOfLine(line)
      if (!isInside(path, folder)) return
      if (path === folder || (after !== undefined && isInside(path, after))) continue
      const name = path.slice(folder === '' ? 0 : folder.length + 1)
      if (!name.includes('/')) {
        passed = 0
        yield entryOf(parseLine(line))
        continue
      }
      passed += 1
      if (passed < SEEK_AFTER) continue
      const child = name.slice(0, name.indexOf('/'))
      from = afterFolder(folder === '' ? child : `${folder}/${child}`)
      if (comparePaths(from, start) <= 0)
        throw new HoldfastError('VAULT_DAMAGED', `The manifest of ${snapshot.key} is out of order.`)
      break
    }
  }
}

/** Lines of a subfolder worth passing over one by one before seeking behind it. */
const SEEK_AFTER = 3000

function entryOf(entry: ManifestEntry): Entry {
  return {
    path: fromBytePath(entry.path),
    kind: entry.kind,
    mode: entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    size: entry.size,
    mtimeNs: entry.mtimeNs,
    linkTarget: entry.linkTarget === undefined ? undefined : fromBytePath(entry.linkTarget),
    problem: entry.problem,
    torn: entry.torn,
  }
}
