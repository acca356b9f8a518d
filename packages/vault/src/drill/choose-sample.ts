import { MIB } from '@holdfast/domain'
import type { Random } from '../ports.ts'
import type { BytePath } from '../scan/path-order.ts'
import type { LeafReader } from '../snapshot/leaf.ts'
import { linesFrom } from '../snapshot/list-entries.ts'
import { type Entry, parseLine } from '../snapshot/manifest-line.ts'
import type { Leaf, Snapshot } from '../snapshot/snapshot-format.ts'

/** A snapshot of at most this much is restored whole. */
const SMALL_BYTES = 64 * MIB
const SMALL_FILES = 500

export type SampleRules = {
  /** How many files at most. */
  readonly count: number
  /** Bigger files are left out, unless there are only such: then the smallest of those seen is taken. */
  readonly maxFileBytes: number
  /** How many bytes at most, all together. */
  readonly maxBytes: number
}

export function isSmall({ body }: Snapshot): boolean {
  return body.bytes <= SMALL_BYTES && body.files <= SMALL_FILES
}

/**
 * Files chosen by chance, spread over the whole manifest: every other one by its size, so that big files come too.
 * Those that the snapshot could not read are left out. Reads some four leaves a file at most.
 */
export async function chooseSample(
  reader: LeafReader,
  snapshot: Snapshot,
  rules: SampleRules,
  random: Random,
): Promise<Entry[]> {
  const readLeaf = leafLines(reader, snapshot)
  const total = snapshot.body.leaves.reduce((sum, leaf) => sum + leaf[3], 0)
  const chosen = new Map<BytePath, Entry>()
  let left = rules.maxBytes
  let smallest: Entry | undefined
  for (let tries = 0; total > 0 && tries < rules.count * 4 && chosen.size < rules.count; tries += 1) {
    const part = (tries % rules.count) + chance(random)
    const leaf = leafAtLine(snapshot.body.leaves, (part / rules.count) * total)
    const files = leaf === undefined ? [] : await readLeaf(leaf)
    const line = tries % 2 === 0 ? pick(files, random) : pickBySize(files, rules.maxFileBytes, random)
    if (line === undefined) continue
    const entry = parseLine(line)
    if (smallest === undefined || entry.size < smallest.size) smallest = entry
    if (entry.size > rules.maxFileBytes || entry.size > left || chosen.has(entry.path)) continue
    chosen.set(entry.path, entry)
    left -= entry.size
  }
  return chosen.size > 0 || smallest === undefined ? [...chosen.values()] : [smallest]
}

/** Every entry of a small snapshot that it could read. */
export async function allEntries(reader: LeafReader, snapshot: Snapshot): Promise<Entry[]> {
  const entries: Entry[] = []
  for await (const line of linesFrom(reader, snapshot, '')) {
    const entry = parseLine(line)
    if (entry.problem === undefined) entries.push(entry)
  }
  return entries
}

type FileLine = { readonly line: string; readonly size: number }

/** The lines of a leaf that are of files with content; the last few leaves are kept. */
function leafLines(reader: LeafReader, snapshot: Snapshot): (leaf: Leaf) => Promise<FileLine[]> {
  const kept = new Map<string, FileLine[]>()
  return async (leaf) => {
    const known = kept.get(leaf[2])
    if (known !== undefined) return known
    const lines = (await reader.read(snapshot, leaf)).split('\n').flatMap((line) => {
      const size = /,"s":([0-9]+),/.exec(line)?.[1]
      return size === undefined || line.includes(',"e":"') ? [] : [{ line, size: Number(size) }]
    })
    if (kept.size >= KEPT_LEAVES) kept.clear()
    kept.set(leaf[2], lines)
    return lines
  }
}

const KEPT_LEAVES = 8

function leafAtLine(leaves: readonly Leaf[], line: number): Leaf | undefined {
  let passed = 0
  return leaves.find((leaf) => {
    passed += leaf[3]
    return line < passed
  })
}

function pick(files: readonly FileLine[], random: Random): string | undefined {
  return files[Math.floor(chance(random) * files.length)]?.line
}

function pickBySize(files: readonly FileLine[], maxBytes: number, random: Random): string | undefined {
  const fitting = files.filter(({ size }) => size <= maxBytes)
  let at = chance(random) * fitting.reduce((sum, { size }) => sum + size + 1, 0)
  return fitting.find(({ size }) => {
    at -= size + 1
    return at < 0
  })?.line
}

/** From 0 to just under 1. */
function chance(random: Random): number {
  return Buffer.from(random.bytes(6)).readUIntLE(0, 6) / 2 ** 48
}
