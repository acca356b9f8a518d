import { breathe } from '../scan/breathe.ts'
import type { LeafReader } from '../snapshot/leaf.ts'
import { piecesOfLine } from '../snapshot/manifest-line.ts'
import { neededPieces } from '../snapshot/needed-pieces.ts'
import type { Leaf, Snapshot } from '../snapshot/snapshot-format.ts'
import { isDamage } from './findings.ts'

/** A line that needs a wanted piece, or a leaf that is lost with all its lines. */
export type Need = { readonly snapshot: Snapshot } & (
  | { readonly kind: 'piece'; readonly piece: string; readonly line: string }
  | { readonly kind: 'leaf'; readonly leaf: Leaf }
)

/** Every line of the snapshots that needs one of the pieces, and every leaf among those that can't be read. */
export async function* whereNeeded(
  snapshots: readonly Snapshot[],
  wanted: { pieces: ReadonlySet<string>; leaves: ReadonlySet<string> },
  by: { reader: LeafReader; signal: AbortSignal },
): AsyncGenerator<Need, void, undefined> {
  if (wanted.pieces.size + wanted.leaves.size === 0) return
  for (const snapshot of snapshots) {
    for (const leaf of snapshot.body.leaves) {
      await breathe(by.signal)
      if (wanted.leaves.has(leaf[2])) {
        yield { kind: 'leaf', snapshot, leaf }
        continue
      }
      for (const line of (await by.reader.read(snapshot, leaf)).split('\n'))
        for (const piece of await piecesOf(line, by.reader))
          if (wanted.pieces.has(piece)) yield { kind: 'piece', snapshot, piece, line }
    }
  }
}

/** All pieces that a line needs; of a content list that can't be read, the list itself. */
export async function piecesOf(line: string, reader: LeafReader): Promise<string[]> {
  try {
    return await neededPieces(line, reader)
  } catch (error) {
    if (!isDamage(error)) throw error
    return piecesOfLine(line)
  }
}
