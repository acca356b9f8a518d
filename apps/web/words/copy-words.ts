import { formatBytes } from '@holdfast/domain'
import type { CopyStatus } from '#web/trpc/types.ts'
import { countOf } from './locale.ts'

const PHASES: Readonly<Record<string, string>> = {
  listing: 'Comparing vault and copy.',
  checking: 'Checking the copy as a vault.',
  deleting: 'Deleting what the vault deleted.',
}

/** How far a copying is, 0 to 1; undefined while it can't be told. */
export function copyShare({ running }: CopyStatus): number | undefined {
  if (running?.bytesTotal == null || running.bytesTotal === 0) return undefined
  return Math.min(1, running.bytesDone / running.bytesTotal)
}

/** What a copying does at the moment. */
export function copyingWords({ running }: CopyStatus): string {
  if (running === undefined) return ''
  const phase = PHASES[running.phase]
  if (phase !== undefined || running.bytesTotal === null) return phase ?? 'Copying.'
  return `${formatBytes(running.bytesDone)} of ${formatBytes(running.bytesTotal)} copied.`
}

/** What is in a copy that was whole once. */
export function copyHolds({ record }: CopyStatus): string {
  if (record === undefined || record.completeAt === null)
    return 'Not complete yet: the next run copies to it.'
  return `${countOf(record.snapshots, 'snapshot')}, ${formatBytes(record.bytes)}.`
}
