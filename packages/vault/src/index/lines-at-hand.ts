import { piecesOfLine } from '../snapshot/manifest-line.ts'
import type { SnapshotHistory } from '../snapshot/read-snapshots.ts'
import type { PieceIndex } from './piece-index.ts'

/**
 * Whether the pieces of an unchanged line are there. Only asked after a repair set packs aside: their pieces may be
 * lost, and the live file has them.
 */
export async function linesAtHand(
  { marks }: SnapshotHistory,
  index: () => Promise<PieceIndex>,
): Promise<(line: string) => boolean> {
  if (marks.quarantined.size === 0) return () => true
  const pieces = await index()
  return (line) => piecesOfLine(line).every((id) => pieces.findHex(id) !== undefined)
}
