'use client'

import { formatAge } from '@holdfast/domain'
import { ExternalLink, TriangleAlert } from 'lucide-react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { Moment } from '#web/parts/moment.tsx'
import { useNow } from '#web/parts/now.ts'
import { StateBadge } from '#web/parts/state-badge.tsx'
import { useConnection } from '#web/trpc/live.tsx'
import type { Home, WatchedMachine, WatchedPlan } from '#web/trpc/types.ts'
import { isSilent, stateOf } from '#web/words/machine-words.ts'
import { dayAndTime } from '#web/words/moments.ts'
import { OUTCOME_WORDS } from '#web/words/run-words.ts'
import { verdictWords } from '#web/words/verdict.ts'

const PLANS_SHOWN = 6

/** Every machine with what it says of itself: this one first, then those that it watches. */
export function AllMachines({ home, machines }: { home: Home; machines: readonly WatchedMachine[] }) {
  const now = useNow()
  const lost = useConnection() === 'lost'
  const { sentence, because } = verdictWords(home, now)
  return (
    <ul className="grid gap-3" aria-label="Machines">
      <li>
        <Card>
          <div className="flex flex-wrap items-start justify-between gap-x-3 gap-y-1">
            <h2 className="min-w-min max-w-full flex-1 [overflow-wrap:break-word]">{home.machine}</h2>
            <StateBadge state={lost ? 'unknown' : home.verdict.state} />
          </div>
          <p className="caption">this machine</p>
          <p className="mt-2">{sentence}</p>
          <p className="note">{because}</p>
        </Card>
      </li>
      {machines.map((machine) => (
        <li key={machine.id}>
          <OtherMachine machine={machine} />
        </li>
      ))}
    </ul>
  )
}

function OtherMachine({ machine }: { machine: WatchedMachine }) {
  const now = useNow()
  const { name, origin, heardAt, plans, problem } = machine
  const { state, sentence } = stateOf(machine, now)
  const silent = isSilent(machine, now)
  const more = plans.length - PLANS_SHOWN
  return (
    <Card>
      <div className="flex flex-wrap items-start justify-between gap-x-3 gap-y-1">
        <h2 className="min-w-min max-w-full flex-1 [overflow-wrap:break-word]">{name}</h2>
        <StateBadge state={state} />
      </div>
      <p className="caption num">
        heard <Moment at={heardAt} />
      </p>
      <p className="mt-2 [overflow-wrap:anywhere]">{sentence}</p>
      {problem !== null && (
        <p className="note mt-1 flex items-start gap-1.5">
          <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-risk" />
          <span className="min-w-0 [overflow-wrap:anywhere]">
            {problem.sentence} {problem.next}
          </span>
        </p>
      )}
      {plans.length > 0 && (
        <ul className="mt-3 divide-y divide-line border-line border-t" aria-label={`Plans of ${name}`}>
          {plans.slice(0, PLANS_SHOWN).map((plan, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two plans may have one name, and their order is theirs
            <li key={at} className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1 py-2.5">
              <div className="min-w-min max-w-full flex-1">
                <p className="font-medium leading-snug [overflow-wrap:break-word]">{plan.name}</p>
                <p className="caption num">{planWords(plan, now)}</p>
              </div>
              {/* What it said before it fell silent is no promise. */}
              <StateBadge state={silent ? 'unknown' : plan.paused ? 'paused' : plan.state} />
            </li>
          ))}
        </ul>
      )}
      {more > 0 && <p className="caption">and {more} more</p>}
      <Button asChild className="mt-3">
        <a href={origin} rel="noreferrer">
          Open on {name} <ExternalLink aria-hidden className="size-4" />
        </a>
      </Button>
    </Card>
  )
}

/** Its last and its next run in a line. */
function planWords(plan: WatchedPlan, now: Date): string {
  const { lastSnapshotAt, lastOutcome, nextDueAt, running, paused } = plan
  const last =
    lastSnapshotAt === null
      ? 'no snapshot yet'
      : `last ${formatAge(now.getTime() - Date.parse(lastSnapshotAt))}`
  const ended =
    lastOutcome === null || lastOutcome === 'complete' ? [] : [OUTCOME_WORDS[lastOutcome].toLowerCase()]
  const next = running
    ? ['running when it was heard']
    : paused || nextDueAt === null || Date.parse(nextDueAt) < now.getTime()
      ? []
      : [`next ${dayAndTime(nextDueAt, now)}`]
  return [last, ...ended, ...next].join(' · ')
}
