import { type BandwidthLimit, formatBytes, KIB, MIB } from '@holdfast/domain'

/** The limits that are offered, in bytes a second; null is none. */
export const LIMITS: readonly BandwidthLimit[] = [
  ...[null, 128 * KIB, 256 * KIB, 512 * KIB, MIB, 2 * MIB, 5 * MIB, 10 * MIB, 50 * MIB],
]

/** A limit in words: `1.05 MB/s`, `No limit`. */
export function limitName(limit: BandwidthLimit): string {
  return limit === null ? 'No limit' : `${formatBytes(limit)}/s`
}
