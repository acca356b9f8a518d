import { ENTRY_KINDS, type EntryStat, type ReadProblem, type SourceTree } from '../ports.ts'
import { linePrefix, pathOfPrefix } from '../snapshot/manifest-line.ts'
import { leaveOut, type Omissions } from './leave-out.ts'
import { type BytePath, comparePaths, toBytePath } from './path-order.ts'
import {
  type HandOver,
  type Left,
  type Portion,
  type Step,
  type WalkRoot,
  walk,
  walkPortion,
} from './walk.ts'

export type { HandOver, Portion, WalkRoot }

/** What is walked: absolute paths, each under its own label. Plain data, so that another thread can be told. */
export type WalkOrder = readonly (Omissions & { readonly label: Uint8Array; readonly path: Uint8Array })[]

/** A part of a walk as it goes from thread to thread: few values, however many steps it has. */
export type StepBatch = {
  /** What lstat alone decides of each step's line, without hardlink groups (see `linePrefix`), each ended by a newline. */
  readonly prefixes: string
  /** NUMBERS of each step, in the order of `add` below. */
  readonly numbers: Float64Array
  /** mtime and ctime of each step in nanoseconds. */
  readonly times: BigInt64Array
  /** Devices, by the places that `numbers` name. */
  readonly devices: readonly string[]
  /** Which root the walk stood in when the batch began; -1 before the first. */
  readonly root: number
  /** The few things that are no number, in order: about step `at`, or, for `left`, before it. */
  readonly odd: readonly Odd[]
  /** A portion that was given away comes before the next batch (see `HandOver`). */
  readonly beforePortion: boolean
}

type Odd = { readonly at: number } & (
  | { readonly kind: 'left'; readonly left: Left }
  | { readonly kind: 'unseen'; readonly path: BytePath; readonly found: ReadProblem }
  | { readonly kind: 'unlisted'; readonly listing: ReadProblem }
)

/** A step with what its line begins with, but for a hardlink group; `prefix` is empty where even lstat saw nothing. */
export type PrefixedStep = Step & { readonly prefix: string }

const BATCH_STEPS = 256
const NUMBERS = 10

/** The order's sources as `walk` takes them: sorted by label. */
export function walkRoots(order: WalkOrder): WalkRoot[] {
  return order
    .map(({ label, path, ...omissions }) => ({
      label: toBytePath(label),
      root: toBytePath(path),
      exclude: leaveOut(omissions),
    }))
    .sort((a, b) => comparePaths(a.label, b.label))
}

/**
 * Walks the sources (see `walk`) and yields what it meets in batches, in order, the last one maybe without a step. What
 * `handOver` was given is left out, and the batch before it says so.
 */
export function* walkInBatches(
  tree: SourceTree,
  roots: readonly WalkRoot[],
  handOver?: Omit<HandOver, 'reached'>,
): Generator<StepBatch, void, undefined> {
  yield* inBatches(roots, -1, (onLeft, onReached) =>
    walk(tree, roots, onLeft, handOver === undefined ? undefined : { ...handOver, reached: onReached }),
  )
}

/** What `walkInBatches` left out: a portion that it gave away. */
export function* walkPortionInBatches(
  tree: SourceTree,
  roots: readonly WalkRoot[],
  portion: Portion,
): Generator<StepBatch, void, undefined> {
  yield* inBatches(roots, portion.root, (onLeft) => walkPortion(tree, roots, portion, onLeft))
}

function* inBatches(
  roots: readonly WalkRoot[],
  rootBefore: number,
  walkWith: (onLeft: (left: Left) => void, onReached: () => void) => Iterable<Step>,
): Generator<StepBatch, void, undefined> {
  let batch = openBatch(roots, rootBefore)
  const closed: StepBatch[] = []
  const close = (beforePortion: boolean): void => {
    closed.push(batch.close(beforePortion))
    batch = openBatch(roots, batch.root())
  }
  const steps = walkWith(
    (left) => batch.left(left),
    () => close(true),
  )
  for (const step of steps) {
    batch.add(step)
    if (batch.isFull()) close(false)
    while (closed.length > 0) yield closed.shift() as StepBatch
  }
  close(false)
  yield* closed
}

/** The steps of a batch again; `onLeft` hears between two steps what the walk left there. */
export function* stepsOf(
  batch: StepBatch,
  roots: readonly WalkRoot[],
  onLeft: (left: Left) => void,
): Generator<PrefixedStep, void, undefined> {
  let start = 0
  let nextOdd = 0
  let root = batch.root
  for (let i = 0; i < batch.times.length / 2; i += 1) {
    const end = batch.prefixes.indexOf('\n', start)
    const prefix = batch.prefixes.slice(start, end)
    start = end + 1
    let odd = batch.odd[nextOdd]
    for (; odd?.kind === 'left' && odd.at === i; odd = batch.odd[++nextOdd]) onLeft(odd.left)
    const about = odd?.at === i ? odd : undefined
    if (about !== undefined) nextOdd += 1
    const path = about?.kind === 'unseen' ? about.path : pathOfPrefix(prefix)
    if (roots[root + 1]?.label === path) root += 1
    yield {
      ...{ path, prefix, real: realOf(path, roots[root]) },
      found: about?.kind === 'unseen' ? about.found : statOf(batch, i, prefix),
      listing: about?.kind === 'unlisted' ? about.listing : undefined,
    }
  }
  for (const odd of batch.odd.slice(nextOdd)) if (odd.kind === 'left') onLeft(odd.left)
}

function openBatch(roots: readonly WalkRoot[], rootBefore: number) {
  const numbers = new Float64Array(BATCH_STEPS * NUMBERS)
  const times = new BigInt64Array(BATCH_STEPS * 2)
  const devices: string[] = []
  const odd: Odd[] = []
  let prefixes = ''
  let steps = 0
  let root = rootBefore

  function put(stat: EntryStat): void {
    if (devices[devices.length - 1] !== stat.dev) devices.push(stat.dev)
    const at = steps * NUMBERS
    numbers[at] = ENTRY_KINDS.indexOf(stat.kind)
    numbers[at + 1] = stat.mode
    numbers[at + 2] = stat.uid
    numbers[at + 3] = stat.gid
    numbers[at + 4] = stat.size
    numbers[at + 5] = stat.nlink
    numbers[at + 6] = stat.allocated
    numbers[at + 7] = stat.rdevMajor
    numbers[at + 8] = stat.rdevMinor
    numbers[at + 9] = devices.length - 1
    times[steps * 2] = stat.mtimeNs
    times[steps * 2 + 1] = stat.ctimeNs
  }

  return {
    isFull: () => steps === BATCH_STEPS,
    root: () => root,
    left: (left: Left) => odd.push({ at: steps, kind: 'left', left }),
    add({ path, found, listing }: Step): void {
      if (roots[root + 1]?.label === path) root += 1
      if ('problem' in found) odd.push({ at: steps, kind: 'unseen', path, found })
      else put(found)
      if (listing !== undefined) odd.push({ at: steps, kind: 'unlisted', listing })
      prefixes += 'problem' in found ? '\n' : `${linePrefix(path, found, undefined)}\n`
      steps += 1
    },
    close: (beforePortion: boolean): StepBatch => ({
      ...{ prefixes, devices, odd, root: rootBefore, beforePortion },
      numbers: numbers.subarray(0, steps * NUMBERS),
      times: times.subarray(0, steps * 2),
    }),
  }
}

function statOf(batch: StepBatch, step: number, prefix: string): EntryStat {
  const number = (i: number) => batch.numbers[step * NUMBERS + i] as number
  const inode = prefix.indexOf('","i":"') + '","i":"'.length
  return {
    kind: ENTRY_KINDS[number(0)] as EntryStat['kind'],
    mode: number(1),
    uid: number(2),
    gid: number(3),
    size: number(4),
    mtimeNs: batch.times[step * 2] as bigint,
    ctimeNs: batch.times[step * 2 + 1] as bigint,
    ino: prefix.slice(inode, prefix.indexOf('"', inode)),
    dev: batch.devices[number(9)] as string,
    nlink: number(5),
    allocated: number(6),
    rdevMajor: number(7),
    rdevMinor: number(8),
  }
}

function realOf(path: BytePath, at: WalkRoot | undefined): BytePath {
  const { label, root } = at as WalkRoot
  const below = path.slice(label.length)
  return root === '/' && below !== '' ? below : root + below
}
