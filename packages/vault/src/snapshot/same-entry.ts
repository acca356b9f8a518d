import type { Entry } from './manifest-line.ts'

/** True when both are the same kind of thing with the same content or target; times and modes do not count. */
export function sameContent(a: Entry, b: Entry): boolean {
  if (a.kind !== b.kind || a.size !== b.size || a.linkTarget !== b.linkTarget) return false
  if (a.kind === 'char' || a.kind === 'block')
    return a.device.major === b.device.major && a.device.minor === b.device.minor
  return contentOf(a) === contentOf(b)
}

/** True when a restore would give both the same mode, owner and, for all but folders, time. */
export function sameAttributes(a: Entry, b: Entry): boolean {
  // A folder's time changes with what is in it, which is told by that itself.
  const sameTime = a.kind === 'dir' || a.mtimeNs === b.mtimeNs
  return sameTime && a.mode === b.mode && a.uid === b.uid && a.gid === b.gid
}

function contentOf(entry: Entry): string {
  return JSON.stringify(entry.contentLists ?? entry.content ?? null)
}
