import type { WriterId } from '@holdfast/domain'

/**
 * Puts snapshots in order of age, newest first. Those of one writer stay in the order they were made in, whatever its
 * clock said: one that was dated ahead counts as made no later than what the writer made after it.
 */
export function newestFirst<T>(
  snapshots: readonly T[],
  of: (snapshot: T) => { readonly writer: WriterId; readonly seq: number; readonly timeMs: number },
): T[] {
  const backwards = snapshots
    .map((snapshot) => ({ snapshot, ...of(snapshot) }))
    .sort((a, b) => b.seq - a.seq || b.timeMs - a.timeMs)
  const madeAfter = new Map<WriterId, number>()
  const aged = backwards.map((one) => {
    const timeMs = Math.min(one.timeMs, madeAfter.get(one.writer) ?? Number.POSITIVE_INFINITY)
    madeAfter.set(one.writer, timeMs)
    return { ...one, timeMs }
  })
  // The sort is stable: of equal times the higher sequence stays first.
  return aged.sort((a, b) => b.timeMs - a.timeMs).map(({ snapshot }) => snapshot)
}
