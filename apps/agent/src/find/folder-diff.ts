import type { DiffCounts, DiffRow } from '@holdfast/api'
import { type DiffEntry, pathToText } from '@holdfast/vault'

export type Counts = { [Change in keyof DiffCounts]: { entries: number; bytes: number } }
export type FolderDiff = { readonly rows: readonly DiffRow[]; readonly counts: DiffCounts }

/** Gathers a difference, in order of paths, by the children of a folder (empty for the top). */
export async function folderDiff(entries: AsyncIterable<DiffEntry>, folder: string): Promise<FolderDiff> {
  const counts = noCounts()
  const rows: (DiffRow & { readonly counts: Counts })[] = []
  let row: (DiffRow & { readonly counts: Counts }) | undefined
  for await (const entry of entries) {
    const path = pathToText(entry.path)
    count(counts, entry)
    if (path === folder) continue
    const start = folder === '' ? 0 : folder.length + 1
    const end = path.indexOf('/', start)
    const child = end === -1 ? path : path.slice(0, end)
    if (row?.path !== child) {
      row = rowOf(child, child.slice(start), end === -1 ? entry : undefined)
      rows.push(row)
    }
    count(row.counts, entry)
  }
  return { rows, counts }
}

function rowOf(path: string, name: string, entry: DiffEntry | undefined): DiffRow & { counts: Counts } {
  if (entry === undefined)
    return {
      ...{ name, path, kind: 'dir', change: 'within', sizeBefore: null, sizeAfter: null },
      counts: noCounts(),
    }
  const kind = kindOf(entry.kind)
  const { change, sizeBefore, sizeAfter } = entry
  // A folder that stays changes its time with everything in it: what is said is that something in it did.
  const shown = kind === 'dir' && (change === 'attributes' || change === 'changed') ? 'within' : change
  return { name, path, kind, change: shown, sizeBefore, sizeAfter, counts: noCounts() }
}

export function noCounts(): Counts {
  const none = () => ({ entries: 0, bytes: 0 })
  return { added: none(), removed: none(), changed: none(), attributes: none() }
}

export function count(counts: Counts, { change, sizeBefore, sizeAfter }: DiffEntry): void {
  counts[change].entries += 1
  counts[change].bytes += sizeAfter ?? sizeBefore ?? 0
}

/** The kinds that screens tell apart. */
export function kindOf(kind: DiffEntry['kind']): DiffRow['kind'] {
  return kind === 'file' || kind === 'dir' || kind === 'link' ? kind : 'other'
}
