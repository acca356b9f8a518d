'use client'

import { useQuery } from '@tanstack/react-query'
import { useSearchParams } from 'next/navigation'
import { Button } from '#web/parts/button.tsx'
import { Link } from '#web/parts/link.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC } from '#web/trpc/client.ts'
import { useHome } from '#web/trpc/home-query.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { Home, Run } from '#web/trpc/types.ts'
import { FinishedRunView } from './finished-run.tsx'
import { RunHistory } from './run-history.tsx'
import { RunLog } from './run-log.tsx'
import { RunningRunView } from './running-run.tsx'

/** What runs now, or one run of the past; below it all runs. */
export function Ops() {
  const asked = useSearchParams().get('run')
  const home = useHome()
  const id = asked ?? (home.data && shownRun(home.data)?.id)
  return (
    <div className="grid gap-6 pb-6 side:grid-cols-[minmax(0,1fr)_372px] side:items-start side:gap-12">
      <div className="min-w-0">
        {id !== undefined ? (
          <OneRun key={id} id={id} known={home.data && knownRun(home.data, id)} />
        ) : home.isError && home.data === undefined ? (
          <ProblemCard className="mt-8" problem={problemOf(home.error)} />
        ) : (
          <NothingRan home={home.data} />
        )}
      </div>
      <RunHistory plans={home.data?.plans.map((card) => card.plan) ?? []} shown={id} />
    </div>
  )
}

function OneRun({ id, known }: { id: string; known: Run | undefined }) {
  const trpc = useTRPC()
  const answer = useQuery(trpc.run.get.queryOptions({ id }))
  const run = answer.data ?? known
  const home = useHome()
  if (run === undefined) {
    if (answer.isError)
      return (
        <div className="grid gap-4 pt-8">
          <h1>This run can’t be shown.</h1>
          <ProblemCard problem={problemOf(answer.error)} />
        </div>
      )
    return <p className="pt-8 text-[30px] font-[650] leading-tight tracking-tight text-soft">Looking…</p>
  }
  const plan = home.data?.plans.find((card) => card.plan.id === run.planId)?.plan.name ?? 'This plan'
  return (
    <div className="grid min-w-0 gap-3">
      {run.state === 'finished' ? (
        <FinishedRunView run={run} plan={plan} />
      ) : (
        <RunningRunView run={run} plan={plan} />
      )}
      <RunLog id={id} open={run.state !== 'finished' || run.outcome === 'failed'} />
    </div>
  )
}

function NothingRan({ home }: { home: Home | undefined }) {
  const hasPlan = home !== undefined && home.plans.length > 0
  return (
    <div className="grid max-w-xl gap-4 pt-8">
      <h1>{home === undefined ? 'Looking…' : 'Nothing has run yet.'}</h1>
      {home !== undefined && (
        <>
          <p className="text-soft">
            A running backup shows here: what it reads, what it sends, and when it will be done. Every run
            that ended stays in the list.
          </p>
          <Button asChild look="primary" size="main">
            <Link href={hasPlan ? '/' : '/setup/'}>
              {hasPlan ? 'Go to Back up now' : 'Set up the first backup'}
            </Link>
          </Button>
        </>
      )}
    </div>
  )
}

/** Without a wish: the running run, else the newest. */
function shownRun(home: Home): Run | undefined {
  return home.plans.find((card) => card.running !== undefined)?.running ?? home.recentRuns[0]
}

function knownRun(home: Home, id: string): Run | undefined {
  const running = home.plans.map((card) => card.running)
  return [...running, ...home.recentRuns].find((run) => run?.id === id)
}
