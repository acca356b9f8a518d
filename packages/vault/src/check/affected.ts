import type { SnapshotId } from '@holdfast/domain'
import type { PieceIndex } from '../index/piece-index.ts'
import { fromBytePath } from '../scan/path-order.ts'
import { pathToText } from '../scan/path-text.ts'
import { type LeafReader, leafPath } from '../snapshot/leaf.ts'
import { pathOfLine } from '../snapshot/manifest-line.ts'
import { parseSnapshotKey, type Snapshot } from '../snapshot/snapshot-format.ts'
import type { DamageKind, Findings } from './findings.ts'
import { type Need, whereNeeded } from './where-needed.ts'

/** A damaged object, and what of which snapshots it takes along. */
export type Damage = {
  readonly object: string
  readonly kind: DamageKind
  readonly reason: string
  readonly affects: readonly { readonly snapshot: SnapshotId; readonly path: string }[]
}

/** More than this many files are not named one by one. */
export const MAX_NAMED = 10_000

/** Tells which files of which snapshots the findings hit, by a second walk over the manifests when there are any. */
export async function whatIsHit(
  findings: Findings,
  by: { snapshots: readonly Snapshot[]; index: PieceIndex; reader: LeafReader; signal: AbortSignal },
): Promise<Damage[]> {
  const affects = new Map<string, Map<string, { snapshot: SnapshotId; path: string }>>()
  let named = 0
  const hit = (object: string, snapshot: SnapshotId, path: string): void => {
    const list = affects.get(object) ?? new Map<string, { snapshot: SnapshotId; path: string }>()
    affects.set(object, list)
    const name = `${snapshot} ${path}`
    if (named >= MAX_NAMED || list.has(name)) return
    list.set(name, { snapshot, path })
    named += 1
  }
  const objectOf = (piece: string): string => {
    const spot = by.index.findHex(piece)
    return (spot === undefined ? undefined : by.index.packs[spot.pack]?.pack) ?? `piece ${piece}`
  }

  for await (const need of whereNeeded(by.snapshots, findings, by))
    hit(objectOf(need.kind === 'leaf' ? need.leaf[2] : need.piece), need.snapshot.id, pathOfNeed(need))
  for (const key of findings.objects.keys()) {
    const snapshot = parseSnapshotKey(key)?.id
    if (snapshot !== undefined) hit(key, snapshot, '')
  }
  const objects = new Set([...findings.objects.keys(), ...affects.keys()])
  return [...objects].sort().map((object) => {
    const found = findings.objects.get(object)
    const kind = found?.kind ?? (object.startsWith('packs/') ? 'pack' : 'piece')
    const reason = found?.reason ?? 'a piece in it is missing or has other bytes than its id promises'
    return { object, kind, reason, affects: [...(affects.get(object)?.values() ?? [])] }
  })
}

/** The path of a line, or the first and last one of a leaf, for people. */
export function pathOfNeed(need: Need): string {
  if (need.kind === 'piece') return pathToText(fromBytePath(pathOfLine(need.line)))
  const [first, last] = [need.leaf[0], need.leaf[1]].map((path) => pathToText(fromBytePath(leafPath(path))))
  return first === last ? `${first}` : `${first} … ${last}`
}
