import type { EntryStat, ReadProblem, SourceTree } from '../ports.ts'
import type { LeaveOut, LeftOut } from './leave-out.ts'
import { type BytePath, fromBytePath, toBytePath } from './path-order.ts'

/** A source as the engine walks it: everything below `root` appears below `label`. */
export type WalkRoot = {
  readonly label: BytePath
  readonly root: BytePath
  readonly exclude: LeaveOut | undefined
  /** Also yields what is left out, as steps with `leftOut`; nothing in such a folder is looked at. */
  readonly showLeftOut?: boolean
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
  /** Only with `showLeftOut`. */
  readonly leftOut?: LeftOut
}

/**
 * A source, or a file system mounted in it, that was walked to its end. When another directory stands there by then
 * (see `standsAt`) it was taken away or replaced, and what was not seen of it looks like deleted files.
 */
export type Left = { readonly path: BytePath; readonly real: BytePath; readonly stood: string }

/**
 * Walks the sources, sorted by label, depth first in the order of `comparePaths`. Holds the names of the directories
 * from the root to where it is, and no list of files. Links are not followed, and neither is a root that is one.
 * `onLeft` hears when a source, or a file system mounted in it, is done.
 */
export function* walk(
  tree: SourceTree,
  roots: readonly WalkRoot[],
  onLeft: (left: Left) => void = () => undefined,
): Generator<Step, void, undefined> {
  for (const { label, root, exclude, showLeftOut } of roots) {
    const first = visit(tree, label, root)
    yield first.step
    if (first.names === undefined) continue
    const top = { dev: devOf(first.step.found), stood: standsAt(tree, root) }
    // Looked at after the names, see below: an automount has its own device only then.
    const rootDev = exclude === undefined ? top.dev : devOf(tree.lstat(fromBytePath(root)))
    const stack: Level[] = [{ path: label, real: root, names: first.names, next: 0, ...top }]
    let level: Level | undefined = stack[0]
    while (level !== undefined) {
      const name = level.names[level.next]
      if (name === undefined) {
        if (level.stood !== undefined) onLeft({ path: level.path, real: level.real, stood: level.stood })
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
        const leftOut = exclude.entry(path.slice(label.length + 1), found, rootDev)
        if (leftOut !== undefined) {
          // The empty folder stays: a restored system needs its mount points.
          if (leftOut.kind === 'file-system') yield { path, real, found, listing: undefined }
          if (showLeftOut === true) yield { path, real, found, listing: undefined, leftOut }
          continue
        }
      }
      if ('problem' in found || found.kind !== 'dir') {
        // A file that vanished since its name was read was simply deleted.
        if ('problem' in found && found.gone) continue
        yield { path, real, found, listing: undefined }
        continue
      }
      const names = tree.names(fromBytePath(real))
      if (Array.isArray(names)) {
        const leftOut = exclude?.folder(tree, real, names)
        if (leftOut !== undefined) {
          if (showLeftOut === true) yield { path, real, found, listing: undefined, leftOut }
          continue
        }
        yield { path, real, found, listing: undefined }
        // Looked at after the names: reading those is what mounts an automount.
        const stood = found.dev === level.dev ? undefined : standsAt(tree, real)
        level = { path, real, names, next: 0, dev: found.dev, stood }
        stack.push(level)
      } else if (!names.gone) {
        yield { path, real, found, listing: names }
      }
    }
  }
}

/** `stood`: which directory the root of a source or of a mount is; undefined for all others. */
type Level = {
  path: BytePath
  real: BytePath
  names: Uint8Array[]
  next: number
  dev: string
  stood: string | undefined
}

/** Which directory stands at a path, or why that can't be told. */
export function standsAt(tree: SourceTree, real: BytePath): string {
  const found = tree.lstat(fromBytePath(real))
  return 'problem' in found ? found.problem : `${found.dev}:${found.ino}`
}

function devOf(found: EntryStat | ReadProblem): string {
  return 'problem' in found ? '' : found.dev
}

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
