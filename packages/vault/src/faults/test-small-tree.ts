import { createHash } from 'node:crypto'
import type { SnapshotId } from '@holdfast/domain'
import type { MemoryNode, MemoryTree } from '@holdfast/testkit'
import { listSnapshots } from '../snapshots.ts'
import { seededRandom, type TestVault } from '../test-vault.ts'

const KIB = 1024

/** A few files below /docs, one of them of two pieces with a hole between, that take next to no time. */
export function createSmallTree(source: MemoryTree, { big = true } = {}): void {
  source.write('/docs/a.txt', 'hello')
  if (big) source.write('/docs/big', twoPieces(1))
  source.write('/docs/gone', 'will be deleted')
  source.mkdir('/docs/sub')
  source.symlink('/docs/sub/link', '../a.txt')
  source.link('/docs/sub/same', '/docs/a.txt')
}

/** One file changes, one goes, one comes. */
export function changeTree(source: MemoryTree): void {
  source.write('/docs/sub/new', 'new')
  source.rm('/docs/gone')
  source.write('/docs/other', 'other content')
}

function twoPieces(seed: number): Uint8Array {
  const content = new Uint8Array(520 * KIB)
  const random = seededRandom(seed)
  content.set(random.bytes(8 * KIB))
  content.set(random.bytes(8 * KIB), 512 * KIB)
  return content
}

/** What stands in a tree at one moment; later changes of the tree do not change it. */
export type Picture = ReadonlyMap<string, MemoryNode>

export function pictureOf(tree: MemoryTree): Picture {
  return new Map([...tree.nodes].filter(([path]) => path.startsWith('/docs')))
}

/** The first path at which a tree is not what it should be; `partly` when some may be missing. */
export function difference(found: Picture, wanted: Picture, { partly = false } = {}): string | undefined {
  const paths = new Set([...found.keys(), ...(partly ? [] : wanted.keys())])
  const firstOf = (picture: Picture, node: MemoryNode) => [...picture].find(([, one]) => one === node)?.[0]
  for (const path of paths) {
    const [a, b] = [found.get(path), wanted.get(path)]
    if (a === undefined || b === undefined) return path
    // Folders get their times last, which a restore that ends early never does.
    if (partly && a.kind === 'dir' && b.kind === 'dir') continue
    const same =
      a.kind === b.kind &&
      a.mode === b.mode &&
      a.mtimeNs === b.mtimeNs &&
      Buffer.compare(a.target, b.target) === 0 &&
      Buffer.compare(a.content, b.content) === 0
    if (!same || (!partly && firstOf(found, a) !== firstOf(wanted, b))) return path
  }
  return undefined
}

/**
 * Judges a vault once for every state of its objects and its cache: many faults leave the same behind. Answers what is
 * wrong, undefined when nothing is.
 */
export function createJudge(
  judge: (t: TestVault) => Promise<string | undefined>,
): (t: TestVault) => Promise<string | undefined> {
  const judged = new Map<string, string | undefined>()
  return async (t) => {
    const { cache } = t.env
    const hash = createHash('sha256').update(String(t.env.clock.nowMs()))
    const cached = (cache.keys?.(t.vault.id) ?? []).map((key) => [key, cache.get(key)] as const)
    const stored = [...t.inner.objects].map(([key, { bytes }]) => [key, bytes] as const)
    for (const [key, bytes = new Uint8Array(0)] of [...cached.sort(byKey), ...stored.sort(byKey)])
      hash.update(`\n${key} ${bytes.length}\n`).update(bytes)
    const state = hash.digest('hex')
    if (!judged.has(state)) judged.set(state, await judge(t))
    return judged.get(state)
  }
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}

/**
 * What is wrong with a vault, undefined when nothing is: it must list just these snapshots, give each back bit for bit
 * with an empty cache, and check sound with every byte read.
 */
export async function problemOfVault(
  t: TestVault,
  expected: ReadonlyMap<SnapshotId, Picture>,
): Promise<string | undefined> {
  const fresh = t.through(t.inner)
  const listed = (await listSnapshots(fresh.vault, fresh.env)).map(({ id }) => id).sort()
  if (listed.join() !== [...expected.keys()].sort().join()) return `it lists ${listed.join(' ')}`
  for (const [snapshot, picture] of expected) {
    const { tree, summary } = await fresh.restore({ snapshot })
    if (!summary.verified || summary.skipped.length > 0) return `${snapshot}: ${JSON.stringify(summary)}`
    const other = difference(pictureOf(tree), picture)
    if (other !== undefined) return `${snapshot} comes back otherwise: ${other}`
  }
  const { ok, damaged } = await fresh.check()
  return ok ? undefined : `check says ${JSON.stringify(damaged)}`
}
