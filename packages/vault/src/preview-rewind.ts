import type { SnapshotId } from '@holdfast/domain'
import type { EntryStat, SourceTree } from './ports.ts'
import { breathe } from './scan/breathe.ts'
import { leaveOut, type Omissions } from './scan/leave-out.ts'
import { type BytePath, comparePaths, fromBytePath, isInside, toBytePath } from './scan/path-order.ts'
import { pathToText } from './scan/path-text.ts'
import { type Step, type WalkRoot, walk } from './scan/walk.ts'
import { createLeafReader } from './snapshot/leaf.ts'
import { createManifestCursor } from './snapshot/manifest-cursor.ts'
import { type Entry, parseLine } from './snapshot/manifest-line.ts'
import { findSnapshot } from './snapshot/read-snapshots.ts'
import type { EngineEnv } from './vault/create-vault.ts'
import type { OpenedVault } from './vault/open-vault.ts'

/** What a rewind would do to entries: bring back, replace, remove. Bytes are of files. */
export type RewindChange = 'added' | 'changed' | 'removed'
export type RewindTotals = Readonly<Record<RewindChange, { entries: number; bytes: number }>>
export type RewindPreview = RewindTotals & {
  readonly examples: readonly { readonly path: string; readonly change: RewindChange }[]
  /** Sources that the snapshot or the plan alone has: they stay as they are. */
  readonly untouched: readonly string[]
}

/**
 * Tells what a rewind to a snapshot would do, by the live tree's lstat alone: nothing is read or written. A file whose
 * bytes changed behind an unchanged size and time shows only in the rewind itself. `examples` are the first of each
 * change. Rejects with SNAPSHOT_UNKNOWN, VAULT_DAMAGED where a list can't be read, CANCELLED, REMOTE_*.
 */
export async function previewRewind(
  vault: OpenedVault,
  request: {
    readonly snapshot: SnapshotId
    readonly sources: readonly (Omissions & { readonly label: Uint8Array; readonly path: Uint8Array })[]
    readonly owners: boolean
    readonly examples: number
  },
  env: EngineEnv & { readonly source: SourceTree; readonly signal: AbortSignal },
): Promise<RewindPreview> {
  const snapshot = await findSnapshot(vault, request.snapshot, env)
  const known = new Map(snapshot.body.labels.map(({ label, path }) => [label, path]))
  const all = request.sources.map(({ label, path, ...omissions }) => ({
    ...{ text: pathToText(label), place: pathToText(path) },
    ...{ label: toBytePath(label), root: toBytePath(path), exclude: leaveOut(omissions) },
  }))
  const roots = all.filter(({ text, place }) => known.get(text) === place)
  roots.sort((a, b) => comparePaths(a.label, b.label))
  const names = new Set(roots.map(({ text }) => text))
  const untouched = [...new Set([...known.keys(), ...all.map(({ text }) => text)])].filter(
    (text) => !names.has(text),
  )
  const totals = { added: zero(), changed: zero(), removed: zero() }
  const examples: { path: string; change: RewindChange }[] = []
  const note = (path: BytePath, change: RewindChange, bytes: number) => {
    totals[change].entries += 1
    totals[change].bytes += bytes
    if (examples.filter((one) => one.change === change).length < request.examples)
      examples.push({ path: pathToText(fromBytePath(path)), change })
  }
  await compare(vault, { snapshot, roots, owners: request.owners, note }, env)
  return { ...totals, examples, untouched }
}

async function compare(
  vault: OpenedVault,
  by: {
    snapshot: Awaited<ReturnType<typeof findSnapshot>>
    roots: readonly WalkRoot[]
    owners: boolean
    note(path: BytePath, change: RewindChange, bytes: number): void
  },
  env: EngineEnv & { readonly source: SourceTree; readonly signal: AbortSignal },
): Promise<void> {
  const cursor = createManifestCursor(createLeafReader(vault, env), by.snapshot)
  /** A folder whose content was not known then. */
  let unknown: BytePath | undefined
  const missing = (entry: Entry) => {
    if (entry.problem === undefined && entry.kind !== 'socket' && isOurs(entry.path))
      by.note(entry.path, 'added', entry.size)
  }
  const isOurs = (path: BytePath) => by.roots.some(({ label }) => isInside(path, label))
  let steps = 0
  for (const step of walk(env.source, by.roots)) {
    steps += 1
    if ((steps & 0xff) === 0) await breathe(env.signal)
    const entry = await seek(step.path)
    if (unknown !== undefined && !isInside(step.path, unknown)) unknown = undefined
    if (entry?.kind === 'dir' && entry.problem !== undefined) unknown = step.path
    if ('problem' in step.found) continue
    if (entry === undefined) {
      if (unknown === undefined && step.listing === undefined) by.note(step.path, 'removed', step.found.size)
    } else if (entry.problem === undefined && differs(step, step.found, entry))
      by.note(step.path, 'changed', entry.size)
  }
  for (let entry = await next(); entry !== undefined; entry = await next()) missing(entry)

  async function next(): Promise<Entry | undefined> {
    if (cursor.line === undefined) await cursor.fill()
    const { line } = cursor
    if (line === undefined) return undefined
    cursor.next()
    return parseLine(line)
  }

  /** The manifest's entry of a path; those before it are missing from the tree. */
  async function seek(path: BytePath): Promise<Entry | undefined> {
    for (;;) {
      if (cursor.line === undefined) await cursor.fill()
      if (cursor.line === undefined || comparePaths(cursor.path(), path) > 0) return undefined
      const entry = parseLine(cursor.line)
      cursor.next()
      if (entry.path === path) return entry
      missing(entry)
    }
  }

  function differs(step: Step, found: EntryStat, entry: Entry): boolean {
    if (found.kind !== entry.kind) return true
    if (by.owners && (found.uid !== entry.uid || found.gid !== entry.gid)) return true
    if (entry.kind === 'link') {
      const leadsTo = env.source.readLink(fromBytePath(step.real))
      return !(leadsTo instanceof Uint8Array) || toBytePath(leadsTo) !== entry.linkTarget
    }
    if (found.mode !== entry.mode) return true
    if (entry.kind !== 'file') return false
    return found.size !== entry.size || microsOf(found.mtimeNs) !== microsOf(entry.mtimeNs)
  }
}

function microsOf(ns: bigint): bigint {
  return ns >= 0n ? ns / 1000n : (ns - 999n) / 1000n
}

function zero(): { entries: number; bytes: number } {
  return { entries: 0, bytes: 0 }
}
