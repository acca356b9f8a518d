import { HoldfastError, type SnapshotId } from '@holdfast/domain'
import { byTime } from './find-entries.ts'
import { fromBytePath, toBytePath } from './scan/path-order.ts'
import { pathToText } from './scan/path-text.ts'
import { entryInLeaf, leafThatMayHold } from './snapshot/entry-at.ts'
import { createLeafReader, type LeafReader } from './snapshot/leaf.ts'
import type { Entry } from './snapshot/list-entries.ts'
import type { Entry as ManifestEntry } from './snapshot/manifest-line.ts'
import { readSnapshots } from './snapshot/read-snapshots.ts'
import { sameContent } from './snapshot/same-entry.ts'
import type { Snapshot } from './snapshot/snapshot-format.ts'
import type { EngineEnv } from './vault/create-vault.ts'
import type { OpenedVault } from './vault/open-vault.ts'

/**
 * What one snapshot holds at a path, against the snapshot before it of the same machine and plan. `same` content may
 * have another time. `unread`: the snapshot names it but could not read it; the next is compared with the one before.
 */
export type FileVersion = {
  readonly snapshot: SnapshotId
  readonly time: Date
  readonly machine: string
  readonly plan: string | null
  readonly change: 'added' | 'changed' | 'removed' | 'same' | 'unread'
  /** Undefined when it was removed. */
  readonly entry: Pick<Entry, 'kind' | 'size' | 'mtimeNs' | 'linkTarget' | 'problem'> | undefined
}

/**
 * What became of one path (label/…) over the runs of the vault: of each machine and plan that ever held it, oldest
 * snapshot first. Snapshots without its label say nothing about it and are left out. Reads one leaf per change.
 * Rejects with NOTHING_SELECTED when no snapshot ever held it.
 */
export async function* fileVersions(
  vault: OpenedVault,
  query: { path: Uint8Array; machine?: string | undefined },
  env: EngineEnv,
): AsyncGenerator<FileVersion, void, undefined> {
  const { snapshots } = await readSnapshots(vault, env)
  const path = toBytePath(query.path)
  const label = pathToText(fromBytePath(path.split('/', 1)[0] ?? ''))
  const lines = new Map<string, Snapshot[]>()
  for (const snapshot of snapshots) {
    const { machine, plan, kind, labels } = snapshot.body
    if (kind !== 'run' || (query.machine !== undefined && machine !== query.machine)) continue
    if (!labels.some((one) => one.label === label)) continue
    const key = JSON.stringify([machine, plan])
    const line = lines.get(key)
    if (line === undefined) lines.set(key, [snapshot])
    else line.push(snapshot)
  }
  const reader = createLeafReader(vault, env)
  let held = false
  for (const line of lines.values())
    for await (const version of versionsIn(line.sort(byTime), path, { reader, env })) {
      held = true
      yield version
    }
  if (!held)
    throw new HoldfastError(
      'NOTHING_SELECTED',
      `No snapshot ever held anything at ${pathToText(query.path)}.`,
      { next: 'Look for its name with `holdfast find`.' },
    )
}

async function* versionsIn(
  line: readonly Snapshot[],
  path: string,
  by: { reader: LeafReader; env: EngineEnv },
): AsyncGenerator<FileVersion, void, undefined> {
  let leafRead: { id: string; entry: ManifestEntry | undefined } | undefined
  let known: ManifestEntry | undefined
  for (const snapshot of line) {
    by.env.signal?.throwIfAborted()
    const leaf = leafThatMayHold(snapshot, path)
    if (leaf === undefined) leafRead = undefined
    else if (leaf[2] !== leafRead?.id)
      leafRead = { id: leaf[2], entry: entryInLeaf(await by.reader.read(snapshot, leaf), path) }
    const entry = leafRead?.entry
    const change = changeOf(known, entry)
    if (change === undefined) continue
    if (change !== 'unread') known = entry
    const { started, machine, plan } = snapshot.body
    yield { snapshot: snapshot.id, time: new Date(started), machine, plan, change, entry: shown(entry) }
  }
}

function changeOf(
  before: ManifestEntry | undefined,
  now: ManifestEntry | undefined,
): FileVersion['change'] | undefined {
  if (now === undefined) return before === undefined ? undefined : 'removed'
  if (now.problem !== undefined) return 'unread'
  if (before === undefined) return 'added'
  return sameContent(before, now) ? 'same' : 'changed'
}

function shown(entry: ManifestEntry | undefined): FileVersion['entry'] {
  if (entry === undefined) return undefined
  const { kind, size, mtimeNs, problem } = entry
  const linkTarget = entry.linkTarget === undefined ? undefined : fromBytePath(entry.linkTarget)
  return { kind, size, mtimeNs, linkTarget, problem }
}
