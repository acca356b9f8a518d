import type { Skipped } from '@holdfast/domain'
import type { RestoreEnv, RestoreEvent, RestoreSummary } from '../restore.ts'
import { type BytePath, fromBytePath } from '../scan/path-order.ts'
import { pathToText } from '../scan/path-text.ts'
import type { Entry } from '../snapshot/manifest-line.ts'
import type { Snapshot } from '../snapshot/snapshot-format.ts'
import type { Owner } from './owner-by.ts'

/** More are not listed to anybody. */
const OWNERS_TOLD = 50

export type RestoreTally = ReturnType<typeof createRestoreTally>

/** Counts a restore and tells its progress, five times a second at most. */
export function createRestoreTally(
  env: RestoreEnv,
  by: {
    emit: (event: Exclude<RestoreEvent, { type: 'finished' }>) => void
    snapshot: Snapshot
    whole: boolean
  },
) {
  const { files: filesTotal, bytes: bytesTotal } = by.snapshot.body
  const skipped: Skipped[] = []
  let files = 0
  let already = 0
  let bytes = 0
  let damaged = false
  const owners = new Map<string, Owner>()
  let nextMs = 0
  return {
    /** Whose it was, of everything that was chosen. */
    owned({ uid, gid }: Owner) {
      if (owners.size < OWNERS_TOLD) owners.set(`${uid}:${gid}`, { uid, gid })
    },
    restored(entry: Entry) {
      if (entry.kind !== 'file' || entry.problem !== undefined) return
      files += 1
      bytes += entry.size
    },
    /** It was there as it should be. */
    kept(entry: Entry) {
      if (entry.kind !== 'file') return
      files += 1
      already += 1
      bytes += entry.size
    },
    skip(path: BytePath, reason: string) {
      const text = pathToText(fromBytePath(path))
      skipped.push({ path: text, reason })
      by.emit({ type: 'skipped', path: text, reason })
    },
    damage() {
      damaged = true
    },
    tick() {
      const nowMs = env.clock.nowMs()
      if (nowMs < nextMs) return
      nextMs = nowMs + 200
      by.emit({
        type: 'progress',
        filesDone: files,
        filesTotal: by.whole ? filesTotal : null,
        bytesDone: bytes,
        bytesTotal: by.whole ? bytesTotal : null,
      })
    },
    summary: (durationMs: number): RestoreSummary => ({
      files,
      bytes,
      already,
      verified: !damaged,
      skipped,
      owners: [...owners.values()].toSorted((a, b) => a.uid - b.uid || a.gid - b.gid),
      durationMs,
    }),
  }
}
