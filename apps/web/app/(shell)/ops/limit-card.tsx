'use client'

import { formatBytes, HOUR_MS } from '@holdfast/domain'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Card } from '#web/parts/card.tsx'
import { Select } from '#web/parts/field.tsx'
import { useNow } from '#web/parts/now.ts'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import { LIMITS, limitName } from '#web/words/limit-words.ts'
import { dayAndTime } from '#web/words/moments.ts'

/** The limit that holds during a run, and one for now that ends with the run or after a while. */
export function LimitCard() {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const now = useNow()
  const key = trpc.bandwidth.status.queryKey()
  const status = useQuery(trpc.bandwidth.status.queryOptions())
  const change = useMutation({
    mutationFn: (limit: Parameters<typeof client.bandwidth.setNow.mutate>[0]['now']) =>
      client.bandwidth.setNow.mutate({ now: limit }),
    onSuccess: (answer) => queryClient.setQueryData(key, answer),
  })
  if (status.data === undefined) return null
  const { bytesPerSecond, now: forNow } = status.data
  return (
    <Card className="grid gap-3">
      <div className="flex items-baseline justify-between gap-3">
        <h2 className="caption font-normal">Limit</h2>
        <span className="num font-semibold">
          {bytesPerSecond === null ? 'none' : `${formatBytes(bytesPerSecond)}/s`}
        </span>
      </div>
      <div className="grid gap-3 rail:grid-cols-2">
        <Select
          label="For now"
          value={forNow === null ? 'rule' : String(forNow.bytesPerSecond)}
          disabled={change.isPending}
          onChange={(event) => {
            const limit = LIMITS.find((one) => String(one) === event.target.value)
            change.mutate(
              limit === undefined ? null : { bytesPerSecond: limit, until: forNow?.until ?? null },
            )
          }}
        >
          <option value="rule">As by time of day</option>
          {[...new Set([...LIMITS, ...(forNow === null ? [] : [forNow.bytesPerSecond])])].map((limit) => (
            <option key={String(limit)} value={String(limit)}>
              {limitName(limit)}
            </option>
          ))}
        </Select>
        {forNow !== null && (
          <Select
            label="Until"
            value={forNow.until ?? 'run'}
            disabled={change.isPending}
            onChange={(event) =>
              change.mutate({ ...forNow, until: untilOf(event.target.value, forNow.until, now) })
            }
          >
            <option value="run">The run ends</option>
            <option value="1">In an hour</option>
            <option value="4">In four hours</option>
            {forNow.until !== null && <option value={forNow.until}>{dayAndTime(forNow.until, now)}</option>}
          </Select>
        )}
      </div>
      {change.isError && <ProblemCard problem={problemOf(change.error)} />}
    </Card>
  )
}

function untilOf(choice: string, before: string | null, now: Date): string | null {
  if (choice === 'run') return null
  if (choice === before) return before
  return new Date(now.getTime() + Number(choice) * HOUR_MS).toISOString()
}
