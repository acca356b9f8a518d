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
 * Neighbouring names in one directory, with all below them, that another walk meets in this one's place (see
 * `walkPortion`). Plain data, so that another thread can be told.
 */
export type Portion = {
  /** Place of the source among the roots. */
  readonly root: number
  readonly rootDev: string
  /** The directory, as in Step. */
  readonly path: BytePath
  readonly real: BytePath
  readonly dev: string
  readonly names: readonly BytePath[]
}

/** Who takes portions off a walk. One is given at a time; the next only when the walk came to the place of the last. */
export type HandOver = {
  /** Whether a portion would be walked soon. Asked before each name, so it has to be quick. */
  wanted(): boolean
  give(portion: Portion): void
  /** The walk stands where the given portion belongs: what that one meets comes between the last step and the next. */
  reached(): void
}

/**
 * Walks the sources, sorted by label, depth first in the order of `comparePaths`. Holds the names of the directories
 * from the root to where it is, and no list of files. Links are not followed, and neither is a root that is one.
 * `onLeft` hears when a source, or a file system mounted in it, is done.
 */
export function* walk(
  tree: SourceTree,
  roots: readonly WalkRoot[],
  onLeft: (left: Left) => void = () => undefined,
  handOver?: HandOver,
): Generator<Step, void, undefined> {
  for (const [at, source] of roots.entries()) {
    const { label, root, exclude } = source
    const first = visit(tree, label, root)
    yield first.step
    if (first.names === undefined) continue
    const top = { dev: devOf(first.step.found), stood: standsAt(tree, root) }
    // Looked at after the names, see below: an automount has its own device only then.
    const rootDev = exclude === undefined ? top.dev : devOf(tree.lstat(fromBytePath(root)))
    const below = { path: label, real: root, names: first.names, next: 0, handedOver: undefined, ...top }
    yield* walkBelow(tree, { at, source, rootDev }, below, { onLeft, handOver })
  }
}

/** Walks what a portion names: the very steps that `walk` would have yielded there. */
export function* walkPortion(
  tree: SourceTree,
  roots: readonly WalkRoot[],
  portion: Portion,
  onLeft: (left: Left) => void,
): Generator<Step, void, undefined> {
  const { root: at, rootDev, names, ...directory } = portion
  const source = roots[at] as WalkRoot
  // Whether the directory still stands is asked by the walk that came to it.
  const level = { ...directory, names: names.map(fromBytePath), next: 0, stood: undefined }
  const top = { ...level, handedOver: undefined }
  yield* walkBelow(tree, { at, source, rootDev }, top, { onLeft, handOver: undefined })
}

function* walkBelow(
  tree: SourceTree,
  { at, source, rootDev }: { at: number; source: WalkRoot; rootDev: string },
  top: Level,
  { onLeft, handOver }: { onLeft: (left: Left) => void; handOver: HandOver | undefined },
): Generator<Step, void, undefined> {
  const { label, exclude, showLeftOut } = source
  const stack: Level[] = [top]
  let level: Level | undefined = top
  let given = false
  while (level !== undefined) {
    if (level.handedOver?.from === level.next) {
      handOver?.reached()
      level.next = level.handedOver.to
      level.handedOver = undefined
      given = false
      continue
    }
    const name = level.names[level.next]
    if (name === undefined) {
      if (level.stood !== undefined) onLeft({ path: level.path, real: level.real, stood: level.stood })
      stack.pop()
      level = stack[stack.length - 1]
      continue
    }
    if (handOver !== undefined && !given && level.names.length - level.next >= 2 * MIN_PORTION)
      if (handOver.wanted()) {
        handOver.give(portionOf(level, { at, rootDev }))
        given = true
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
      const stood: string | undefined = found.dev === level.dev ? undefined : standsAt(tree, real)
      level = { path, real, names, next: 0, dev: found.dev, stood, handedOver: undefined }
      stack.push(level)
    } else if (!names.gone) {
      yield { path, real, found, listing: names }
    }
  }
}

/** Names of one directory that are worth telling another walk about, and how many it gets at most. */
const MIN_PORTION = 8
const MAX_PORTION = 64

/** Hands over as many names as this walk still meets before it comes there. */
function portionOf(level: Level, { at, rootDev }: { at: number; rootDev: string }): Portion {
  const length = Math.min(MAX_PORTION, (level.names.length - level.next) >> 1)
  const handedOver = { from: level.next + length, to: level.next + 2 * length }
  level.handedOver = handedOver
  const names = level.names.slice(handedOver.from, handedOver.to).map(toBytePath)
  return { root: at, rootDev, path: level.path, real: level.real, dev: level.dev, names }
}

/**
 * `stood`: which directory the root of a source or of a mount is; undefined for all others. `handedOver`: the names from
 * here to there are a portion that was given away.
 */
type Level = {
  path: BytePath
  real: BytePath
  names: Uint8Array[]
  next: number
  dev: string
  stood: string | undefined
  handedOver: { readonly from: number; readonly to: number } | undefined
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
