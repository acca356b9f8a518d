'use client'

import { formatBytes, SECOND_MS } from '@holdfast/domain'
import { useQuery } from '@tanstack/react-query'
import { Card } from '#web/parts/card.tsx'
import { useTRPC } from '#web/trpc/client.ts'
import { countOf, formatCount } from '#web/words/locale.ts'

const ASK_EVERY_MS = 2 * SECOND_MS

/** What rclone itself counts for a run that goes on. */
export function RcloneCard({ runId }: { runId: string }) {
  const trpc = useTRPC()
  const { data } = useQuery({
    ...trpc.run.transfers.queryOptions({ id: runId }),
    refetchInterval: ASK_EVERY_MS,
    gcTime: 0,
  })
  if (data === undefined) return null
  return (
    <Card>
      <details>
        <summary className="-m-4 flex min-h-13 items-center justify-between gap-3 rounded-card p-4">
          <span className="font-semibold">rclone</span>
          <span className="caption num">
            {data === null
              ? 'does not answer'
              : data.errors === 0
                ? 'no errors'
                : countOf(data.errors, 'error')}
          </span>
        </summary>
        {data !== null && (
          <>
            <dl className="note num mt-4 grid grid-cols-[auto_1fr] gap-x-6 gap-y-1.5">
              <dt>Sent to the remote</dt>
              <dd className="text-right text-ink">{formatBytes(data.bytes)}</dd>
              <dt>Objects done</dt>
              <dd className="text-right text-ink">{formatCount(data.transfers)}</dd>
              <dt>Errors, tried again</dt>
              <dd className="text-right text-ink">{formatCount(data.errors)}</dd>
            </dl>
            {data.lastError !== null && (
              <p className="mt-2 font-mono text-[13px] text-risk [overflow-wrap:anywhere]">
                <b className="font-semibold">Last error </b>
                {data.lastError}
              </p>
            )}
            {data.inFlight.length > 0 && (
              <ul aria-label="Objects in flight" className="num mt-3 grid gap-1.5 text-[13px]">
                {data.inFlight.map(({ name, bytes, size, bytesPerSecond }) => (
                  <li key={name} className="min-w-0">
                    <span className="block truncate font-mono">{name}</span>
                    <span className="caption block">
                      {formatBytes(bytes)}
                      {size !== null && ` of ${formatBytes(size)}`}, {formatBytes(Math.round(bytesPerSecond))}
                      /s
                    </span>
                  </li>
                ))}
              </ul>
            )}
          </>
        )}
      </details>
    </Card>
  )
}
