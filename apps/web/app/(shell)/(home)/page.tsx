'use client'

import { ArrowRight, Info } from 'lucide-react'
import { useDeferredValue } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { Link } from '#web/parts/link.tsx'
import { useNow } from '#web/parts/now.ts'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { RunRow } from '#web/parts/run-row.tsx'
import { StateSeal } from '#web/parts/state-badge.tsx'
import { useHome } from '#web/trpc/home-query.ts'
import { useConnection } from '#web/trpc/live.tsx'
import { useMachines } from '#web/trpc/machines-query.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { Home, WatchedMachine } from '#web/trpc/types.ts'
import { verdictOverAll } from '#web/words/machine-words.ts'
import { dayAndTime } from '#web/words/moments.ts'
import { verdictWords } from '#web/words/verdict.ts'
import { AllMachines } from './all-machines.tsx'
import { BackUpNow } from './back-up-now.tsx'
import { FirstSteps } from './first-steps.tsx'
import { Incidents } from './incidents.tsx'
import { OtherInstallation } from './other-installation.tsx'
import { PlanOnHome } from './plan-on-home.tsx'
import { ReportsLink } from './reports-link.tsx'
import { SignInAgain } from './sign-in-again.tsx'
import { StartByItself } from './start-by-itself.tsx'

export default function HomePage() {
  const home = useHome()
  const machines = useMachines()
  // React then draws it in slices: at once, it would hold up a phone for a fifth of a second.
  const known = useDeferredValue(home.data)
  // The page has another head with several machines: it waits until that is known.
  if (known !== undefined && !machines.isPending)
    return <Status home={known} machines={machines.data ?? []} asOf={home.dataUpdatedAt} />
  if (home.isError) return <NoStatus error={home.error} />
  return <Waiting />
}

function Status(props: { home: Home; machines: readonly WatchedMachine[]; asOf: number }) {
  const { home, machines, asOf } = props
  const several = machines.length > 0
  if (home.plans.length === 0 && !several) return <FirstSteps home={home} />
  const names = new Map(home.plans.map((card) => [card.plan.id as string, card.plan.name]))
  return (
    <div className="grid gap-6 pb-6 side:grid-cols-[minmax(0,1fr)_372px] side:items-start side:gap-12">
      <div className="grid min-w-0 gap-3">
        <Opening home={home} machines={machines} asOf={asOf} />
        {several && <AllMachines home={home} machines={machines} />}
        {several && <h2 className="mt-4">On {home.machine}</h2>}
        <SignInAgain home={home} />
        <OtherInstallation home={home} />
        {home.verdict.code === 'no-service' && <StartByItself />}
        {home.plans.map((card) => (
          <PlanOnHome key={card.plan.id} card={card} />
        ))}
        {home.plans.length === 0 ? (
          <Button asChild look="primary" size="main">
            <Link href="/setup/">Set up the first backup</Link>
          </Button>
        ) : (
          <BackUpNow cards={home.plans} />
        )}
      </div>
      <aside className="grid min-w-0 gap-3 side:pt-6">
        <Incidents home={home} />
        <ReportsLink />
        {home.notices.map((notice) => (
          <Card key={notice.code} className="flex gap-3">
            <Info aria-hidden className="mt-0.5 size-5 shrink-0 text-risk" />
            <div>
              <p className="text-[15px] font-semibold">{notice.sentence}</p>
              <p className="note mt-0.5">{notice.next}</p>
            </div>
          </Card>
        ))}
        {home.recentRuns.length > 0 && (
          <Card className="pb-2">
            <div className="flex items-center justify-between">
              <h2>Last runs</h2>
              <Link
                href="/ops/"
                className="-my-2 -mr-2 inline-flex min-h-11 items-center gap-1 rounded-xl px-2 text-[15px] font-semibold text-sea"
              >
                All runs <ArrowRight aria-hidden className="size-4" />
              </Link>
            </div>
            <ul className="mt-1 divide-y divide-line">
              {home.recentRuns.slice(0, 5).map((run) => (
                <li key={run.id}>
                  <RunRow run={run} plan={names.get(run.planId)} />
                </li>
              ))}
            </ul>
          </Card>
        )}
      </aside>
    </div>
  )
}

/** The sentence first; with the agent silent it is told as a memory. */
function Opening(props: { home: Home; machines: readonly WatchedMachine[]; asOf: number }) {
  const { home, machines, asOf } = props
  const now = useNow()
  const lost = useConnection() === 'lost'
  const words =
    machines.length > 0
      ? verdictOverAll(home, machines, now)
      : { ...verdictWords(home, now), state: home.verdict.state }
  const sentence = lost ? inThePast(words.sentence) : words.sentence
  return (
    <div className="pt-5 pb-3 rail:pt-8">
      <StateSeal state={lost ? 'unknown' : words.state} />
      <h1 className="mt-4">{sentence}</h1>
      <p className="mt-2 text-soft">{words.because}</p>
      {lost && (
        <p className="mt-3 rounded-control border-[1.5px] border-edge border-dashed px-3.5 py-2.5 text-[15px]">
          This is what was known at {dayAndTime(new Date(asOf), now)}. The machine is off, or this device is
          on another network. It shows the present as soon as the agent answers.
        </p>
      )}
    </div>
  )
}

/** What all is well with may not be so any more. */
function inThePast(sentence: string): string {
  if (sentence === 'Everything is safe.') return 'Everything was safe.'
  return sentence
    .replace(/\bis protected\.$/, 'was protected.')
    .replace(/\bare protected\.$/, 'were protected.')
}

function NoStatus({ error }: { error: unknown }) {
  return (
    <div className="grid gap-4 pt-8">
      <StateSeal state="unknown" />
      <h1>The machine does not answer.</h1>
      <ProblemCard problem={problemOf(error)} />
    </div>
  )
}

/** Holds the place of the sentence while it is asked for, so that nothing jumps. */
function Waiting() {
  return (
    <div className="pt-8" aria-busy="true">
      <div className="size-13 rounded-full bg-line/60" />
      <p className="mt-4 text-[30px] leading-tight font-[650] tracking-tight text-soft">Looking…</p>
    </div>
  )
}
