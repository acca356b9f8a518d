'use client'

import { useRouter, useSearchParams } from 'next/navigation'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Select } from '#web/parts/field.tsx'
import { Link } from '#web/parts/link.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useHome } from '#web/trpc/home-query.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { Plan } from '#web/trpc/types.ts'
import { ChooseMoment } from './choose-moment.tsx'
import { PastRestores } from './past-restores.tsx'
import { RestoreRun } from './restore-run.tsx'

/** Choose a plan, a moment and files; or, with a restore in the address, how that one goes. */
export function RestoreScreen() {
  const router = useRouter()
  const asked = useSearchParams()
  const restoreId = asked.get('restore')
  const home = useHome()
  const [planId, setPlanId] = useState(asked.get('plan'))
  if (restoreId !== null) return <RestoreRun id={restoreId} />
  if (home.data === undefined) {
    if (home.isError) return <ProblemCard className="mt-8" problem={problemOf(home.error)} />
    return <p className="pt-8 text-[30px] font-[650] leading-tight tracking-tight text-soft">Looking…</p>
  }
  const plans = home.data.plans.map((card) => card.plan)
  const plan = plans.find((p) => p.id === planId) ?? plans[0]
  if (plan === undefined) return <NothingToRestore />
  return (
    <>
      <ChooseMoment
        key={plan.id}
        plan={plan}
        planChoice={plans.length > 1 && <PlanChoice plans={plans} chosen={plan} onChoose={setPlanId} />}
        onStarted={(restore) => router.push(`/restore/?restore=${restore.id}`)}
      />
      <PastRestores />
    </>
  )
}

function PlanChoice(props: { plans: readonly Plan[]; chosen: Plan; onChoose: (id: string) => void }) {
  return (
    <Select label="Plan" value={props.chosen.id} onChange={(event) => props.onChoose(event.target.value)}>
      {props.plans.map((plan) => (
        <option key={plan.id} value={plan.id}>
          {plan.name}
        </option>
      ))}
    </Select>
  )
}

function NothingToRestore() {
  return (
    <div className="grid max-w-xl gap-4 pt-8">
      <h1>Nothing to restore yet.</h1>
      <p className="text-soft">
        After the first backup, every snapshot is a knot on a rope here: choose a moment, look through its
        folders, and bring files back to a folder of your choice.
      </p>
      <Button asChild look="primary" size="main">
        <Link href="/setup/">Set up the first backup</Link>
      </Button>
    </div>
  )
}
