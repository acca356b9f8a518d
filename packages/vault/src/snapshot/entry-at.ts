import { type BytePath, comparePaths } from '../scan/path-order.ts'
import { firstLeafFor, type LeafReader, leafPath } from './leaf.ts'
import { type Entry, parseLine, pathOfLine } from './manifest-line.ts'
import type { Leaf, Snapshot } from './snapshot-format.ts'

/** The entry of exactly this path, undefined when the snapshot has none. Reads one leaf at most. */
export async function entryAt(
  reader: LeafReader,
  snapshot: Snapshot,
  path: BytePath,
): Promise<Entry | undefined> {
  const leaf = leafThatMayHold(snapshot, path)
  return leaf === undefined ? undefined : entryInLeaf(await reader.read(snapshot, leaf), path)
}

/** The only leaf in which the path can be; undefined when it falls between two. */
export function leafThatMayHold(snapshot: Snapshot, path: BytePath): Leaf | undefined {
  const { leaves } = snapshot.body
  const leaf = leaves[firstLeafFor(leaves, path)]
  return leaf !== undefined && comparePaths(leafPath(leaf[0]), path) <= 0 ? leaf : undefined
}

/** The entry of exactly this path among a leaf's lines. */
export function entryInLeaf(lines: string, path: BytePath): Entry | undefined {
  for (const line of linesOf(lines)) {
    const order = comparePaths(pathOfLine(line), path)
    if (order === 0) return parseLine(line)
    if (order > 0) return undefined
  }
  return undefined
}

/** The lines of a leaf one by one, without their newlines. */
export function* linesOf(lines: string): Generator<string, void, undefined> {
  let at = 0
  for (let end = lines.indexOf('\n'); end !== -1; end = lines.indexOf('\n', at)) {
    yield lines.slice(at, end)
    at = end + 1
  }
}
