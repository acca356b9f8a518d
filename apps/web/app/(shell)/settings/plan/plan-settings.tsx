'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ArrowLeft } from 'lucide-react'
import { useSearchParams } from 'next/navigation'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { TextField } from '#web/parts/field.tsx'
import { Link } from '#web/parts/link.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { ScheduleChooser } from '#web/parts/schedule-chooser.tsx'
import { Switch } from '#web/parts/switch.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { useHome } from '#web/trpc/home-query.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { CopyStatus, Inputs, Plan, PlanCard } from '#web/trpc/types.ts'
import { choiceOf, scheduleOf } from '#web/words/schedule-words.ts'
import { BeforeAndAfter } from './before-and-after.tsx'
import { CopyOrRemove } from './copy-or-remove.tsx'
import { KeepRulesEditor } from './keep-rules-editor.tsx'
import { KitCard } from './kit-card.tsx'
import { PlanDrill } from './plan-drill.tsx'
import { SecondCopies } from './second-copies.tsx'

type Change = Inputs['plan']['update']['change']

/** One plan: its name, when it runs, what it keeps, its second copies, and the end of it. */
export function PlanSettings() {
  const id = useSearchParams().get('id')
  const home = useHome()
  const card = home.data?.plans.find((one) => one.plan.id === id)
  const plan = card?.plan
  return (
    <div className="grid gap-6 pb-6">
      <div className="pt-3 rail:pt-6">
        <Link
          href="/settings/"
          className="-ml-2 inline-flex min-h-11 items-center gap-1.5 rounded-xl px-2 font-semibold text-sea"
        >
          <ArrowLeft aria-hidden className="size-5" /> Settings
        </Link>
        <h1 className="mt-1">{plan?.name ?? 'Plan'}</h1>
        {plan !== undefined && (
          <p className="note mt-1 [overflow-wrap:anywhere]">
            {plan.sources.map(({ path }) => path).join(', ')} to {plan.vault.name}
          </p>
        )}
      </div>
      {plan !== undefined ? (
        <Sections key={plan.id} plan={plan} copies={card?.copies ?? []} lastDrill={card?.lastDrill} />
      ) : home.isError ? (
        <ProblemCard problem={problemOf(home.error)} />
      ) : (
        <p className="text-soft">{home.isPending ? 'Looking…' : 'There is no such plan any more.'}</p>
      )}
    </div>
  )
}

function Sections(props: { plan: Plan; copies: readonly CopyStatus[]; lastDrill: PlanCard['lastDrill'] }) {
  const { plan, copies, lastDrill } = props
  const client = useTRPCClient()
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const [name, setName] = useState(plan.name)
  const [choice, setChoice] = useState(() => choiceOf(plan.schedule))
  const zone =
    plan.schedule.kind === 'manual'
      ? Intl.DateTimeFormat().resolvedOptions().timeZone
      : plan.schedule.timeZone
  const [delay, setDelay] = useState(() =>
    plan.schedule.kind === 'manual' ? 0 : (plan.schedule.randomDelayMinutes ?? 0),
  )
  const schedule = scheduleOf(choice, zone, delay)
  const save = useMutation({
    mutationFn: (change: Change) => client.plan.update.mutate({ id: plan.id, change }),
    onSuccess: () => queryClient.invalidateQueries(trpc.home.queryFilter()),
  })
  const named = name.trim() !== '' && name.trim() !== plan.name
  const rescheduled = JSON.stringify(schedule) !== JSON.stringify(plan.schedule)
  const problem = save.isError ? problemOf(save.error) : undefined
  return (
    <div className="grid gap-6 side:grid-cols-2 side:items-start side:gap-8">
      <div className="grid min-w-0 gap-6">
        {problem !== undefined && <ProblemCard problem={problem} />}
        <Card className="grid gap-3">
          <TextField
            label="Name"
            value={name}
            maxLength={80}
            onChange={(event) => setName(event.target.value)}
          />
          <Button disabled={!named || save.isPending} onClick={() => save.mutate({ name: name.trim() })}>
            Rename
          </Button>
        </Card>
        <Card className="grid gap-4">
          <h2>When it runs</h2>
          <ScheduleChooser
            choice={choice}
            timeZone={zone}
            onChoose={setChoice}
            delay={{ minutes: delay, onChoose: setDelay }}
          />
          <p className="caption">Times of {zone}.</p>
          <Button disabled={!rescheduled || save.isPending} onClick={() => save.mutate({ schedule })}>
            Save the schedule
          </Button>
          <div className="flex items-center justify-between gap-3 border-line border-t pt-3">
            <div>
              <p className="font-semibold">Run on battery</p>
              <p className="note">Off: it waits for mains power.</p>
            </div>
            <Switch
              checked={plan.options.onBattery}
              disabled={save.isPending}
              onCheckedChange={(onBattery) => save.mutate({ options: { ...plan.options, onBattery } })}
              aria-label="Run on battery"
            />
          </div>
          <div className="flex items-center justify-between gap-3 border-line border-t pt-3">
            <div>
              <p className="font-semibold">Run on a metered connection</p>
              <p className="note">Off: it waits for one that is not metered.</p>
            </div>
            <Switch
              checked={plan.options.onMetered}
              disabled={save.isPending}
              onCheckedChange={(onMetered) => save.mutate({ options: { ...plan.options, onMetered } })}
              aria-label="Run on a metered connection"
            />
          </div>
        </Card>
      </div>
      <div className="grid min-w-0 gap-6">
        <KeepRulesEditor
          plan={plan}
          saving={save.isPending}
          onSave={(keep) => save.mutate({ options: { ...plan.options, keep } })}
        />
        <PlanDrill
          plan={plan}
          lastDrill={lastDrill}
          saving={save.isPending}
          onEvery={(every) => save.mutate({ options: { ...plan.options, drill: { every } } })}
        />
        <KitCard vault={plan.vault} />
        <BeforeAndAfter plan={plan} />
        <SecondCopies plan={plan} copies={copies} />
        <CopyOrRemove plan={plan} />
      </div>
    </div>
  )
}
