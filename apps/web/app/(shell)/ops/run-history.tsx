'use client'

import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { Select } from '#web/parts/field.tsx'
import { RunRow } from '#web/parts/run-row.tsx'
import { useTRPCClient } from '#web/trpc/client.ts'
import { runListKey } from '#web/trpc/live.tsx'
import { problemOf } from '#web/trpc/problem.ts'
import type { Plan } from '#web/trpc/types.ts'

const PAGE = 20

/** All runs, newest first, of all plans or of one. */
export function RunHistory({ plans, shown }: { plans: readonly Plan[]; shown: string | undefined }) {
  const client = useTRPCClient()
  const [planId, setPlanId] = useState<string>()
  const history = useInfiniteQuery({
    queryKey: runListKey(planId),
    queryFn: ({ pageParam: before }) =>
      client.run.list.query({ limit: PAGE, ...(planId && { planId }), ...(before && { before }) }),
    initialPageParam: '',
    getNextPageParam: (page) => (page.length < PAGE ? undefined : page.at(-1)?.id),
    meta: { persist: true },
  })
  const runs = history.data?.pages.flat() ?? []
  const names = new Map(plans.map((plan) => [plan.id as string, plan.name]))
  if (plans.length === 0 && runs.length === 0) return null
  return (
    <Card className="side:mt-8">
      <div className="flex items-end justify-between gap-4">
        <h2 className="pb-1">All runs</h2>
      </div>
      {plans.length > 1 && (
        <div className="mt-2">
          <Select
            label="Plan"
            value={planId ?? ''}
            onChange={(event) => setPlanId(event.target.value || undefined)}
          >
            <option value="">All plans</option>
            {plans.map((plan) => (
              <option key={plan.id} value={plan.id}>
                {plan.name}
              </option>
            ))}
          </Select>
        </div>
      )}
      <ul className="mt-1 divide-y divide-line">
        {runs.map((run) => (
          <li key={run.id}>
            <RunRow run={run} plan={names.get(run.planId)} current={run.id === shown} />
          </li>
        ))}
      </ul>
      {runs.length === 0 && (
        <p className="note py-3">
          {history.isError
            ? problemOf(history.error).sentence
            : history.isPending
              ? 'Fetching…'
              : 'No run yet.'}
        </p>
      )}
      {history.hasNextPage && (
        <Button
          className="mt-2 w-full"
          disabled={history.isFetchingNextPage}
          onClick={() => void history.fetchNextPage()}
        >
          {history.isFetchingNextPage ? 'Fetching…' : 'Show more'}
        </Button>
      )}
    </Card>
  )
}
