'use client'

import { skipToken, useQuery } from '@tanstack/react-query'
import { Check, Minus, Plus, Trash2 } from 'lucide-react'
import { useDeferredValue, useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { cn } from '#web/parts/class-names.ts'
import { useNow } from '#web/parts/now.ts'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { Switch } from '#web/parts/switch.tsx'
import { useTRPC } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { Plan } from '#web/trpc/types.ts'
import { countOf } from '#web/words/locale.ts'
import { dayAndTime } from '#web/words/moments.ts'

type Keep = NonNullable<Plan['options']['keep']>

const COUNTED = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const
const NAMES = {
  last: 'The newest',
  hourly: 'One an hour',
  daily: 'One a day',
  weekly: 'One a week',
  monthly: 'One a month',
  yearly: 'One a year',
} as const

/** What people usually want: every one of today, a week of days, a month of weeks, a year of months. */
const USUAL: Keep = { last: 3, hourly: 0, daily: 7, weekly: 5, monthly: 12, yearly: 2, withinMs: null }

/** Which snapshots stay, with what that means for those that are there now. */
export function KeepRulesEditor({
  plan,
  saving,
  onSave,
}: {
  plan: Plan
  saving: boolean
  onSave: (keep: Keep | null) => void
}) {
  const [keep, setKeep] = useState<Keep | null>(plan.options.keep)
  const changed = JSON.stringify(keep) !== JSON.stringify(plan.options.keep)
  const empty = keep !== null && keep.withinMs === null && COUNTED.every((rule) => keep[rule] === 0)
  return (
    <Card className="grid gap-4">
      <div className="flex items-center justify-between gap-3">
        <div>
          <h2>Forget old snapshots</h2>
          <p className="note mt-0.5">
            {keep === null ? 'Every snapshot stays.' : 'What no rule keeps goes after two days of grace.'}
          </p>
        </div>
        <Switch
          checked={keep !== null}
          onCheckedChange={(on) => setKeep(on ? USUAL : null)}
          aria-label="Forget old snapshots"
        />
      </div>
      {keep !== null && (
        <>
          <ul className="divide-y divide-line">
            {COUNTED.map((rule) => (
              <Counter
                key={rule}
                name={NAMES[rule]}
                value={keep[rule]}
                onChange={(value) => setKeep({ ...keep, [rule]: value })}
              />
            ))}
          </ul>
          {empty ? (
            <p className="note text-fail">Keep at least something: give one rule a number.</p>
          ) : (
            <Preview plan={plan} keep={keep} />
          )}
        </>
      )}
      <Button disabled={!changed || saving || empty} onClick={() => onSave(keep)}>
        Save what stays
      </Button>
    </Card>
  )
}

function Counter({
  name,
  value,
  onChange,
}: {
  name: string
  value: number
  onChange: (value: number) => void
}) {
  return (
    <li className="flex min-h-13 items-center gap-2">
      <span className="min-w-0 grow">{name}</span>
      <Button
        look="plain"
        size="icon"
        disabled={value === 0}
        aria-label={`Fewer: ${name}`}
        onClick={() => onChange(value - 1)}
      >
        <Minus aria-hidden className="size-5" />
      </Button>
      <output aria-label={name} className="num w-8 text-center font-semibold">
        {value === 0 ? '–' : value}
      </output>
      <Button
        look="plain"
        size="icon"
        disabled={value >= 99}
        aria-label={`More: ${name}`}
        onClick={() => onChange(value + 1)}
      >
        <Plus aria-hidden className="size-5" />
      </Button>
    </li>
  )
}

/** The rules on the snapshots that are really there. */
function Preview({ plan, keep }: { plan: Plan; keep: Keep }) {
  const trpc = useTRPC()
  const now = useNow()
  const asked = useDeferredValue(keep)
  const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const input = plan.id === undefined ? skipToken : { id: plan.id, keep: asked, timeZone }
  const preview = useQuery({
    ...trpc.plan.previewRetention.queryOptions(input),
    placeholderData: (before) => before,
  })
  if (preview.isError) return <ProblemCard problem={problemOf(preview.error)} />
  if (preview.data === undefined) return <p className="note">Looking at the snapshots…</p>
  const stays = preview.data.filter((one) => one.keep).length
  if (preview.data.length === 0)
    return <p className="note">There is no snapshot yet; after the first run this shows which would stay.</p>
  return (
    <div aria-live="polite">
      <p className="font-semibold">
        {stays} of {countOf(preview.data.length, 'snapshot')} {stays === 1 ? 'stays' : 'stay'}.
      </p>
      <ul className="mt-2 grid max-h-72 gap-2 overflow-y-auto">
        {preview.data.map((one) => (
          <li key={one.id} className="flex items-start gap-2 text-[15px]">
            {one.keep ? (
              <Check aria-label="stays" className="mt-1 size-4 shrink-0 text-ok" />
            ) : (
              <Trash2 aria-label="goes" className="mt-1 size-4 shrink-0 text-soft" />
            )}
            <div className="min-w-0">
              <p className={cn('num', !one.keep && 'text-soft line-through')}>{dayAndTime(one.at, now)}</p>
              {one.keep && <p className="caption">{one.reasons.join(', ')}</p>}
            </div>
          </li>
        ))}
      </ul>
    </div>
  )
}
