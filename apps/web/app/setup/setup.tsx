'use client'

import { useQuery } from '@tanstack/react-query'
import { useRouter, useSearchParams } from 'next/navigation'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import { FirstRunStep } from './first-run-step.tsx'
import { forgetDraft } from './kept-draft.ts'
import { Steps } from './steps.tsx'
import { StepsFrame } from './steps-frame.tsx'

/** Sets up one plan: four steps that ask, and a fifth that shows the first run until it is proven. */
export function Setup() {
  const runId = useSearchParams().get('run')
  const router = useRouter()
  if (runId !== null) return <FirstRunStep runId={runId} />
  return (
    <Questions
      onStarted={(id) => {
        forgetDraft(sessionStorage)
        router.replace(id === undefined ? '/ops/' : `/setup/?run=${id}`)
      }}
    />
  )
}

function Questions({ onStarted }: { onStarted: (runId: string | undefined) => void }) {
  const trpc = useTRPC()
  const suggestions = useQuery(
    trpc.setup.suggestions.queryOptions(undefined, { staleTime: Number.POSITIVE_INFINITY }),
  )
  if (suggestions.data !== undefined) return <Steps suggestions={suggestions.data} onStarted={onStarted} />
  return (
    <StepsFrame step="what" reached="what">
      <h1 className="text-soft">Looking at this machine…</h1>
      {suggestions.isError && <ProblemCard className="mt-4" problem={problemOf(suggestions.error)} />}
    </StepsFrame>
  )
}
