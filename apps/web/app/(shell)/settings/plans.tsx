'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ChevronRight, Plus } from 'lucide-react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { Link } from '#web/parts/link.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { Switch } from '#web/parts/switch.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { Plan, PlanCard } from '#web/trpc/types.ts'
import { countOf } from '#web/words/locale.ts'
import { scheduleWords } from '#web/words/schedule-words.ts'

/** The plans, each with a switch for its schedule. */
export function Plans({ cards, owner }: { cards: readonly PlanCard[]; owner: boolean }) {
  return (
    <Card>
      <h2>Plans</h2>
      <ul className="mt-2 divide-y divide-line">
        {cards.map(({ plan }) => (
          <PlanRow key={plan.id} plan={plan} owner={owner} />
        ))}
      </ul>
      {owner && (
        <Button asChild className="mt-2 w-full">
          <Link href="/setup/">
            <Plus aria-hidden className="size-5" />{' '}
            {cards.length === 0 ? 'Set up the first backup' : 'Add a plan'}
          </Link>
        </Button>
      )}
    </Card>
  )
}

function PlanRow({ plan, owner }: { plan: Plan; owner: boolean }) {
  const client = useTRPCClient()
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const pause = useMutation({
    mutationFn: (paused: boolean) => client.plan.setPaused.mutate({ id: plan.id, paused }),
    onSuccess: () => queryClient.invalidateQueries(trpc.home.queryFilter()),
  })
  const on = pause.isPending ? !pause.variables : !plan.paused
  return (
    <li className="grid gap-2 py-2">
      <div className="flex min-h-14 items-center gap-3">
        <PlanFacts plan={plan} on={on} owner={owner} />
        {plan.schedule.kind !== 'manual' && (
          <Switch
            checked={on}
            disabled={pause.isPending}
            onCheckedChange={(checked) => pause.mutate(!checked)}
            aria-label={`Run ${plan.name} by its schedule`}
          />
        )}
      </div>
      {pause.isError && <ProblemCard problem={problemOf(pause.error)} />}
    </li>
  )
}

/** Name and facts; an owner goes on from here to change them. */
function PlanFacts({ plan, on, owner }: { plan: Plan; on: boolean; owner: boolean }) {
  const facts = (
    <>
      <p className="font-semibold leading-snug">{plan.name}</p>
      <p className="caption num">
        {countOf(plan.sources.length, 'folder')} to {plan.vault.name} ·{' '}
        {on ? scheduleWords(plan.schedule) : 'paused: runs only by hand'}
      </p>
    </>
  )
  if (!owner) return <div className="min-w-0 grow">{facts}</div>
  return (
    <Link
      href={`/settings/plan/?id=${plan.id}`}
      className="-m-2 flex min-h-14 min-w-0 grow items-center gap-2 rounded-xl p-2 hover:bg-wash/60"
    >
      <div className="min-w-0 grow">{facts}</div>
      <ChevronRight aria-hidden className="size-5 shrink-0 text-soft" />
    </Link>
  )
}
