import type { LeafReader } from './leaf.ts'
import { parseContentList, parseLine, piecesOfLine } from './manifest-line.ts'

/**
 * The ids of all pieces that a line needs: those it names, and for a very big file those that its content lists name.
 * Answers a promise only for such a file. Rejects with VAULT_DAMAGED when a list can't be read.
 */
export function neededPieces(
  line: string,
  reader: Pick<LeafReader, 'readPiece'>,
): string[] | Promise<string[]> {
  const named = piecesOfLine(line)
  return line.includes(',"cl":[') ? withLists(line, named, reader) : named
}

async function withLists(
  line: string,
  named: string[],
  reader: Pick<LeafReader, 'readPiece'>,
): Promise<string[]> {
  const ids = [...named]
  for (const list of parseLine(line).contentLists ?? []) {
    for (const [id] of parseContentList(await reader.readPiece(list))) if (id !== 0) ids.push(id)
  }
  return ids
}
