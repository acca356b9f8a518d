import { isHoldfastError } from '@holdfast/domain'
import type { EntryStat, TargetTree } from '../ports.ts'
import type { RestoreTally } from '../restore/restore-tally.ts'
import { breathe } from '../scan/breathe.ts'
import { type BytePath, fromBytePath, isInside, toBytePath } from '../scan/path-order.ts'
import type { Entry } from '../snapshot/manifest-line.ts'
import type { Pair } from './paired-entries.ts'

export type Removed = { readonly entries: number; readonly bytes: number }

/**
 * Takes away what the snapshot of now has and the earlier one has not, and what stands where a folder was or a folder
 * where something else was. Only what is still as the snapshot of now holds it goes; folders go when they are empty.
 */
export async function removeNewer(
  pairs: AsyncIterable<Pair>,
  by: { target: TargetTree; tally: RestoreTally; signal: AbortSignal },
): Promise<Removed> {
  const { target, tally, signal } = by
  const folders: BytePath[] = []
  /** A folder whose content was not known then: nobody can say what was not in it. */
  let unknown: BytePath | undefined
  let entries = 0
  let bytes = 0
  let steps = 0

  function remove(path: BytePath, size: number): void {
    try {
      const slash = path.lastIndexOf('/')
      if (slash !== -1) target.makeDir(fromBytePath(path.slice(0, slash)))
      target.remove(fromBytePath(path))
      entries += 1
      bytes += size
    } catch (error) {
      if (!isHoldfastError(error, 'TARGET_NOT_WRITABLE') && !isHoldfastError(error, 'TARGET_OUTSIDE'))
        throw error
      tally.skip(path, `it stays: ${error.message}`)
    }
  }

  function leaveFolders(next: BytePath | undefined): void {
    for (let top = folders.at(-1); top !== undefined; top = folders.at(-1)) {
      if (next !== undefined && isInside(next, top)) return
      folders.pop()
      remove(top, 0)
    }
  }

  for await (const { path, old, now } of pairs) {
    steps += 1
    if ((steps & 0xff) === 0) await breathe(signal)
    leaveFolders(path)
    if (unknown !== undefined && !isInside(path, unknown)) unknown = undefined
    if (old?.kind === 'dir' && old.problem !== undefined) unknown = path
    if (now === undefined || unknown !== undefined) continue
    if (old !== undefined && (old.kind === 'dir') === (now.kind === 'dir')) continue
    if (old?.problem !== undefined) continue
    const found = target.lstat(fromBytePath(path))
    if (found === undefined) continue
    if (!isRecorded(found, now, target)) {
      if (old === undefined) tally.skip(path, CHANGED_SINCE)
    } else if (now.kind === 'dir') folders.push(path)
    else remove(path, now.size)
  }
  leaveFolders(undefined)
  return { entries, bytes }
}

export const CHANGED_SINCE = 'it stays: the snapshot of now does not hold it as it is'

/** True when what is at an entry's path is what the snapshot took, so that nothing is lost when it goes. */
export function isRecorded(found: EntryStat, entry: Entry, target: Pick<TargetTree, 'readLink'>): boolean {
  if (found.kind !== entry.kind || entry.problem !== undefined || entry.torn) return false
  if (entry.kind === 'file') return found.size === entry.size && found.mtimeNs === entry.mtimeNs
  if (entry.kind !== 'link') return true
  const leadsTo = target.readLink(fromBytePath(entry.path))
  return leadsTo instanceof Uint8Array && toBytePath(leadsTo) === entry.linkTarget
}
