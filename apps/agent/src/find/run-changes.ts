import type { RunChanges } from '@holdfast/api'
import { HoldfastError, type SnapshotId } from '@holdfast/domain'
import { type DiffEntry, diffSnapshots, listSnapshots, type OpenedVault, pathToText } from '@holdfast/vault'
import { type Counts, count, noCounts } from './folder-diff.ts'

const FOLDERS = 20
const BIGGEST = 10
/** A tree with more folders than this at its top is counted together from there on. */
const FOLDERS_COUNTED = 10_000

/** What a run changed: its snapshot against the newest one before it of the same plan, machine and writer. */
export async function runChanges(
  vault: OpenedVault,
  snapshot: SnapshotId,
  env: Parameters<typeof diffSnapshots>[2],
): Promise<RunChanges> {
  const all = await listSnapshots(vault, env, { all: true })
  const own = all.find(({ id }) => id === snapshot)
  if (own === undefined)
    throw new HoldfastError('SNAPSHOT_UNKNOWN', `The snapshot ${snapshot} is not in the vault any more.`)
  const before = all.find(
    ({ writer, plan, kind, seq }) =>
      kind === 'run' && writer === own.writer && plan === own.plan && seq < own.seq,
  )
  if (before === undefined) return { before: null, counts: noCounts(), folders: [], biggest: [] }
  async function* entries() {
    for await (const event of diffSnapshots(vault, { from: before?.id ?? snapshot, to: snapshot }, env))
      if (event.type === 'entry') yield event.entry
  }
  return { before: before.id, ...(await sumOfChanges(entries())) }
}

/** Sums a difference up: all of it, by `label/folder`, and its biggest files. */
export async function sumOfChanges(entries: AsyncIterable<DiffEntry>): Promise<Omit<RunChanges, 'before'>> {
  const counts = noCounts()
  const folders = new Map<string, Counts>()
  let biggest: RunChanges['biggest'][number][] = []
  for await (const entry of entries) {
    // A folder's own time changes with everything in it, which is told by what is in it.
    if (entry.kind === 'dir') continue
    const path = pathToText(entry.path)
    count(counts, entry)
    const asked = folderOf(path)
    const folder = folders.has(asked) || folders.size < FOLDERS_COUNTED ? asked : '…'
    const ofFolder = folders.get(folder) ?? noCounts()
    folders.set(folder, ofFolder)
    count(ofFolder, entry)
    const { change, sizeBefore, sizeAfter } = entry
    if ((change !== 'added' && change !== 'changed') || sizeAfter === null) continue
    biggest.push({ path, change, sizeBefore, sizeAfter })
    if (biggest.length >= 4 * BIGGEST) biggest = largest(biggest)
  }
  const most = [...folders].map(([path, of]) => ({ path, counts: of }))
  return {
    counts,
    folders: most.toSorted((a, b) => weightOf(b.counts) - weightOf(a.counts)).slice(0, FOLDERS),
    biggest: largest(biggest),
  }
}

function largest(files: readonly RunChanges['biggest'][number][]): RunChanges['biggest'][number][] {
  return files.toSorted((a, b) => b.sizeAfter - a.sizeAfter).slice(0, BIGGEST)
}

/** The label and the first folder below it; the label alone for files at its top. */
function folderOf(path: string): string {
  const [label = '', folder, ...below] = path.split('/')
  return folder === undefined || below.length === 0 ? label : `${label}/${folder}`
}

/** Bytes first; what has none counts a little, so that a thousand removed empty files are seen. */
function weightOf(counts: Counts): number {
  return (['added', 'changed', 'removed'] as const)
    .map((change) => counts[change].bytes + counts[change].entries)
    .reduce((sum, one) => sum + one, 0)
}
