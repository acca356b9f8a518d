import type { EntryStat, ReadProblem, SourceTree } from '../ports.ts'
import type { ExcludeRules } from './exclude-rules.ts'
import { type BytePath, fromBytePath, toBytePath } from './path-order.ts'

/** A source as the engine walks it: everything below `root` appears below `label`. */
export type WalkRoot = {
  readonly label: BytePath
  readonly root: BytePath
  readonly exclude: ExcludeRules | undefined
}

/**
 * One step of the walk. `path` is label/…, `real` the place on this machine. A directory comes before what it holds;
 * one whose names could not be read carries the problem.
 */
export type Step = {
  readonly path: BytePath
  readonly real: BytePath
  readonly found: EntryStat | ReadProblem
  readonly listing: ReadProblem | undefined
}

/**
 * Walks the sources, sorted by label, depth first in the order of `comparePaths`. Holds the names of the directories
 * from the root to where it is, and no list of files. Links are not followed, and neither is a root that is one.
 */
export function* walk(tree: SourceTree, roots: readonly WalkRoot[]): Generator<Step, void, undefined> {
  for (const { label, root, exclude } of roots) {
    const first = visit(tree, label, root)
    yield first.step
    if (first.names === undefined) continue
    const stack: Level[] = [{ path: label, real: root, names: first.names, next: 0 }]
    let level: Level | undefined = stack[0]
    while (level !== undefined) {
      const name = level.names[level.next]
      if (name === undefined) {
        stack.pop()
        level = stack[stack.length - 1]
        continue
      }
      level.next += 1
      const bytes = toBytePath(name)
      const real: BytePath = level.real === '/' ? `/${bytes}` : `${level.real}/${bytes}`
      const path: BytePath = `${level.path}/${bytes}`
      const found = tree.lstat(fromBytePath(real))
      if (exclude !== undefined && !('problem' in found)) {
        if (exclude(path.slice(label.length + 1), found.kind === 'dir')) continue
      }
      if ('problem' in found || found.kind !== 'dir') {
        // A file that vanished since its name was read was simply deleted.
        if ('problem' in found && found.gone) continue
        yield { path, real, found, listing: undefined }
        continue
      }
      const names = tree.names(fromBytePath(real))
      if (Array.isArray(names)) {
        yield { path, real, found, listing: undefined }
        level = { path, real, names, next: 0 }
        stack.push(level)
      } else if (!names.gone) {
        yield { path, real, found, listing: names }
      }
    }
  }
}

type Level = { path: BytePath; real: BytePath; names: Uint8Array[]; next: number }

function visit(
  tree: SourceTree,
  path: BytePath,
  real: BytePath,
): { step: Step; names: Uint8Array[] | undefined } {
  const found = tree.lstat(fromBytePath(real))
  if ('problem' in found || found.kind !== 'dir')
    return { step: { path, real, found, listing: undefined }, names: undefined }
  const names = tree.names(fromBytePath(real))
  if (Array.isArray(names)) return { step: { path, real, found, listing: undefined }, names }
  return { step: { path, real, found, listing: names }, names: undefined }
}
