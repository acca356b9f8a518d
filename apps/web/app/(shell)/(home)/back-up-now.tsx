'use client'

import { useMutation } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Link } from '#web/parts/link.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { PlanCard } from '#web/trpc/types.ts'

// Only a person with several plans ever sees it.
const ChoosePlan = dynamic(() => import('./choose-plan.tsx').then((module) => module.ChoosePlan), {
  ssr: false,
})

/** Starts a backup by hand and goes to where it can be watched. With several plans it asks which. */
export function BackUpNow({ cards }: { cards: readonly PlanCard[] }) {
  const client = useTRPCClient()
  const router = useRouter()
  const [asking, setAsking] = useState(false)
  const idle = cards.filter((card) => card.running === undefined)
  const start = useMutation({
    mutationFn: async (planIds: readonly string[]) => {
      const runs = []
      for (const planId of planIds) runs.push(await client.run.start.mutate({ planId }))
      return runs
    },
    onSuccess: ([first]) => first && router.push(`/ops/?run=${first.id}`),
  })

  const [only] = idle
  if (only === undefined)
    return (
      <Button asChild size="main" className="bg-card">
        <Link href="/ops/">Watch it live</Link>
      </Button>
    )
  return (
    <>
      <Button
        look="primary"
        size="main"
        disabled={start.isPending}
        onClick={() => (cards.length > 1 ? setAsking(true) : start.mutate([only.plan.id]))}
      >
        {start.isPending ? 'Starting…' : 'Back up now'}
      </Button>
      {start.isError && <ProblemCard problem={problemOf(start.error)} />}
      {asking && (
        <ChoosePlan
          cards={idle}
          onClose={() => setAsking(false)}
          onChoose={(planIds) => {
            setAsking(false)
            start.mutate(planIds)
          }}
        />
      )}
    </>
  )
}
