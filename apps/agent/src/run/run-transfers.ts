import type { RunTransfers } from '@holdfast/api'
import type { RunId } from '@holdfast/domain'
import { type RcloneClient, withoutSecrets } from '@holdfast/rclone'
import { z } from 'zod'

/** All of rclone's work for a run carries this name, so that it can be counted and stopped as one. */
export function runGroup(id: RunId): string {
  return `run-${id}`
}

const count = z.number().catch(0)
const Stats = z.object({
  ...{ bytes: count, speed: count, transfers: count, checks: count, errors: count },
  lastError: z.string().optional(),
  transferring: z
    .array(z.object({ name: z.string(), bytes: count, size: z.number().catch(-1), speed: count }))
    .nullish(),
})

/** What rclone counts for a run, asked now; null while rclone does not answer. */
export async function runTransfers(
  client: Pick<RcloneClient, 'call'>,
  id: RunId,
  signal: AbortSignal,
): Promise<RunTransfers | null> {
  const stats = await client.call('core/stats', { group: runGroup(id) }, Stats, { signal }).catch(() => null)
  if (stats === null) return null
  const { bytes, speed, transfers, checks, errors, lastError, transferring } = stats
  return {
    ...{ bytes, bytesPerSecond: speed, transfers, checks, errors },
    lastError: lastError === undefined || lastError === '' ? null : withoutSecrets(lastError),
    inFlight: (transferring ?? []).map((one) => ({
      ...{ name: one.name, bytes: one.bytes, bytesPerSecond: one.speed },
      size: one.size < 0 ? null : one.size,
    })),
  }
}
