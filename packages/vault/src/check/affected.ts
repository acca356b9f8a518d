import type { SnapshotId } from '@holdfast/domain'
import type { Findings } from '../check.ts'
import type { PieceIndex } from '../index/piece-index.ts'
import { fromBytePath } from '../scan/path-order.ts'
import { pathToText } from '../scan/path-text.ts'
import { type LeafReader, leafPath } from '../snapshot/leaf.ts'
import { pathOfLine, piecesOfLine } from '../snapshot/manifest-line.ts'
import { parseSnapshotKey, type Snapshot } from '../snapshot/snapshot-format.ts'

export type DamageKind = 'vault-file' | 'snapshot' | 'index' | 'pack' | 'piece'

/** A damaged object, and what of which snapshots it takes along. */
export type Damage = {
  readonly object: string
  readonly kind: DamageKind
  readonly reason: string
  readonly affects: readonly { readonly snapshot: SnapshotId; readonly path: string }[]
}

/** More than this many files are not named one by one. */
const MAX_NAMED = 10_000

/** Tells which files of which snapshots the findings hit, by a second walk over the manifests when there are any. */
export async function whatIsHit(
  findings: Findings,
  by: { snapshots: readonly Snapshot[]; index: PieceIndex; reader: LeafReader; signal: AbortSignal },
): Promise<Damage[]> {
  const affects = new Map<string, { snapshot: SnapshotId; path: string }[]>()
  let named = 0
  const hit = (object: string, snapshot: SnapshotId, path: string): void => {
    const list = affects.get(object) ?? []
    affects.set(object, list)
    if (named < MAX_NAMED && !list.some((one) => one.snapshot === snapshot && one.path === path)) {
      list.push({ snapshot, path })
      named += 1
    }
  }
  const objectOf = (piece: string): string => {
    const spot = by.index.findHex(piece)
    return (spot === undefined ? undefined : by.index.packs[spot.pack]?.pack) ?? `piece ${piece}`
  }

  if (findings.pieces.size + findings.leaves.size > 0) {
    for (const snapshot of by.snapshots) {
      for (const leaf of snapshot.body.leaves) {
        by.signal.throwIfAborted()
        if (findings.leaves.has(leaf[2])) {
          const [first, last] = [leaf[0], leaf[1]].map((path) => pathToText(fromBytePath(leafPath(path))))
          hit(objectOf(leaf[2]), snapshot.id, first === last ? `${first}` : `${first} … ${last}`)
          continue
        }
        for (const line of (await by.reader.read(snapshot, leaf)).split('\n'))
          for (const piece of piecesOfLine(line))
            if (findings.pieces.has(piece))
              hit(objectOf(piece), snapshot.id, pathToText(fromBytePath(pathOfLine(line))))
      }
    }
  }
  for (const key of findings.objects.keys()) {
    const snapshot = parseSnapshotKey(key)?.id
    if (snapshot !== undefined) hit(key, snapshot, '')
  }
  const objects = new Set([...findings.objects.keys(), ...affects.keys()])
  return [...objects].sort().map((object) => {
    const found = findings.objects.get(object)
    const kind = found?.kind ?? (object.startsWith('packs/') ? 'pack' : 'piece')
    const reason = found?.reason ?? 'a piece in it is missing or has other bytes than its id promises'
    return { object, kind, reason, affects: affects.get(object) ?? [] }
  })
}
