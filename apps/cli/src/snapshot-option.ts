import { HoldfastError, SnapshotId } from '@holdfast/domain'
import type { SnapshotInfo } from '@holdfast/vault'

/** `--snapshot`: an id, or `latest`. USAGE for anything else. */
export function parseSnapshot(text: string): SnapshotId | 'latest' {
  if (text === 'latest') return text
  const parsed = SnapshotId.safeParse(text)
  if (parsed.success) return parsed.data
  throw new HoldfastError('USAGE', `"${text}" is no snapshot: an id such as 3fa9c2d1-12, or latest.`)
}

/** `--at`: the newest snapshot of that time or before; a day alone means its end. SNAPSHOT_UNKNOWN when none is. */
export function snapshotAt(found: readonly SnapshotInfo[], text: string): SnapshotId {
  const until = momentOf(text)
  const snapshot = found.find(({ time }) => time.getTime() <= until)
  if (snapshot !== undefined) return snapshot.id
  throw new HoldfastError('SNAPSHOT_UNKNOWN', `The vault holds no snapshot from ${text} or before.`)
}

/** A time as people write it, in milliseconds; a day alone means its end. USAGE. */
export function momentOf(text: string): number {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text)
  const moment = Date.parse(isDay ? `${text}T23:59:59.999` : text)
  if (!Number.isNaN(moment)) return moment
  throw new HoldfastError('USAGE', `"${text}" is no time: write 2026-11-22 or 2026-11-22T18:00.`)
}
