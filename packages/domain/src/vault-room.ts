import { z } from 'zod'
import type { StripRun } from './strip.ts'
import { DAY_MS, formatBytes } from './units.ts'

/** What a place said of its room, and when. Bytes. */
export const VaultRoom = z.object({
  freeBytes: z.number().nonnegative(),
  /** Not every place has an end that it tells of. */
  totalBytes: z.number().nonnegative().nullable(),
  at: z.coerce.date(),
})
export type VaultRoom = z.infer<typeof VaultRoom>

const LEAST_SHARE = 0.1
const AHEAD_DAYS = 14
const PACE_RUNS = 7
/** Fewer say nothing of a pace. */
const PACE_RUNS_AT_LEAST = 3

/**
 * Why a vault is nearly full, as the end of a sentence; undefined when it is not. It is when less than a tenth is free,
 * or less than the next fourteen days need at the pace of the last seven runs (oldest first, of every plan that goes
 * there). The middle run stands for all, so that one big one, such as the first, is no pace. Pure.
 */
export function roomProblem(
  { freeBytes, totalBytes }: Pick<VaultRoom, 'freeBytes' | 'totalBytes'>,
  runs: readonly Pick<StripRun, 'finishedAt' | 'bytesStored'>[],
): string | undefined {
  const free = formatBytes(freeBytes)
  if (totalBytes !== null && totalBytes > 0 && freeBytes < totalBytes * LEAST_SHARE)
    return `${free} of ${formatBytes(totalBytes)} are free`
  const needed = neededBytes(runs)
  if (needed === undefined || needed <= freeBytes) return undefined
  return `${free} are free, and at this pace it needs ${formatBytes(needed)} in the next ${AHEAD_DAYS} days`
}

function neededBytes(runs: Parameters<typeof roomProblem>[1]): number | undefined {
  const last = runs.slice(-PACE_RUNS)
  const [first, newest] = [last.at(0), last.at(-1)]
  if (last.length < PACE_RUNS_AT_LEAST || first === undefined || newest === undefined) return undefined
  const gapDays = (newest.finishedAt.getTime() - first.finishedAt.getTime()) / DAY_MS / (last.length - 1)
  if (gapDays <= 0) return undefined
  const usual = last.map(({ bytesStored }) => bytesStored).toSorted((a, b) => a - b)[last.length >> 1] ?? 0
  return Math.round((usual / gapDays) * AHEAD_DAYS)
}
