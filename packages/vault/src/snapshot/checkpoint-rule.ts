import { GIB, MINUTE_MS } from '@holdfast/domain'
import type { Clock } from '../ports.ts'

/** Time or new bytes after which a run that goes on makes a checkpoint. */
const CHECKPOINT_MS = 30 * MINUTE_MS
const CHECKPOINT_BYTES = 10 * GIB

/** Says when a run is due for its next checkpoint: true at most once for each. */
export function checkpointRule(
  clock: Clock,
  counts: () => { bytesRead: number; bytesStored: number },
): () => boolean {
  let last = { atMs: clock.nowMs(), bytesRead: 0, bytesStored: 0 }
  return () => {
    const atMs = clock.nowMs()
    const { bytesRead, bytesStored } = counts()
    const due = atMs - last.atMs >= CHECKPOINT_MS || bytesStored - last.bytesStored >= CHECKPOINT_BYTES
    // Nothing read since the last one: there is nothing to lose.
    if (!due || bytesRead === last.bytesRead) return false
    last = { atMs, bytesRead, bytesStored }
    return true
  }
}
