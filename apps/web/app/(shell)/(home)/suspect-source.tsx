'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Button } from '#web/parts/button.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { Plan } from '#web/trpc/types.ts'

/** The source looks as if something happened to it: one tap says that it was meant, another stops the plan. */
export function SuspectSource({ plan, why }: { plan: Plan; why: string }) {
  const client = useTRPCClient()
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const refresh = () => queryClient.invalidateQueries(trpc.home.queryFilter())
  const accept = useMutation({
    mutationFn: () => client.plan.acceptChange.mutate({ id: plan.id }),
    onSuccess: refresh,
  })
  const stop = useMutation({
    mutationFn: () => client.plan.setPaused.mutate({ id: plan.id, paused: true }),
    onSuccess: refresh,
  })
  const error = accept.error ?? stop.error
  const busy = accept.isPending || stop.isPending
  return (
    <div className="mt-3 grid gap-2 rounded-control border-[1.5px] border-fail p-3">
      <p className="font-semibold">{why.slice(why.indexOf(': ') + 2)}</p>
      <p className="note">Until you say that this was meant, no older snapshot is forgotten.</p>
      {error !== null && <ProblemCard problem={problemOf(error)} />}
      <div className="grid gap-2 rail:grid-cols-2">
        <Button disabled={busy} onClick={() => accept.mutate()}>
          It was meant
        </Button>
        {!plan.paused && (
          <Button look="danger" disabled={busy} onClick={() => stop.mutate()}>
            Pause the plan
          </Button>
        )}
      </div>
    </div>
  )
}
