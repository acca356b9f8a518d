import { type BytePath, isInside, toBytePath } from '../scan/path-order.ts'
import type { LeafReader } from '../snapshot/leaf.ts'
import { linesFrom } from '../snapshot/list-entries.ts'
import { type Entry, parseLine, pathOfLine } from '../snapshot/manifest-line.ts'
import type { Snapshot } from '../snapshot/snapshot-format.ts'

/** Entries at and below the wanted paths, and the folders above them; paths that are not there are told apart. */
export async function* selectedEntries(
  reader: LeafReader,
  snapshot: Snapshot,
  wish: {
    readonly paths: readonly Uint8Array[]
    missing(path: BytePath): void
    /** A leaf that can't be read, by its number: what it lists is passed over. Told once. */
    damaged(leaf: number, reason: string): void
  },
): AsyncGenerator<Entry, void, undefined> {
  const { paths, missing } = wish
  const told = new Set<number>()
  const options = {
    onDamage(leaf: number, reason: string) {
      if (!told.has(leaf)) wish.damaged(leaf, reason)
      told.add(leaf)
    },
  }
  if (paths.length === 0) {
    for await (const line of linesFrom(reader, snapshot, '', options)) yield parseLine(line)
    return
  }
  const wanted = [...new Set(paths.map(toBytePath))].map((path) => path.replace(/\/+$/, ''))
  const tops = wanted.filter((path) => !wanted.some((other) => other !== path && isInside(path, other)))
  const found = new Set<BytePath>()
  for (const top of tops) {
    const parents = top.split('/').slice(0, -1)
    for (let depth = 1; depth <= parents.length; depth += 1) {
      const parent = parents.slice(0, depth).join('/')
      if (found.has(parent)) continue
      found.add(parent)
      for await (const line of linesFrom(reader, snapshot, parent, options)) {
        if (pathOfLine(line) === parent && (await exists(reader, snapshot, { path: top, ...options })))
          yield parseLine(line)
        break
      }
    }
    let held = false
    for await (const line of linesFrom(reader, snapshot, top, options)) {
      if (!isInside(pathOfLine(line), top)) break
      held = true
      yield parseLine(line)
    }
    if (!held) missing(top)
  }
}

async function exists(
  reader: LeafReader,
  snapshot: Snapshot,
  { path, onDamage }: { path: BytePath; onDamage(leaf: number, reason: string): void },
): Promise<boolean> {
  for await (const line of linesFrom(reader, snapshot, path, { onDamage }))
    return isInside(pathOfLine(line), path)
  return false
}
