'use client'

import { formatBytes, formatDuration } from '@holdfast/domain'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { Select } from '#web/parts/field.tsx'
import { Moment } from '#web/parts/moment.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { ProgressBar } from '#web/parts/progress-bar.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { Drill, Plan, PlanCard } from '#web/trpc/types.ts'
import { countOf } from '#web/words/locale.ts'

type Every = Plan['options']['drill']['every']
const EVERY: Record<Every, string> = { week: 'Every week', month: 'Every month', never: 'Only by hand' }
const LOOK_EVERY_MS = 500

type PlanDrillProps = {
  readonly plan: Plan
  readonly lastDrill: PlanCard['lastDrill']
  readonly saving: boolean
  readonly onEvery: (every: Every) => void
}

/** The plan's restore drill: how often, what the last one proved, and one at once. */
export function PlanDrill({ plan, lastDrill, saving, onEvery }: PlanDrillProps) {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const drill = useQuery(
    trpc.drill.get.queryOptions(
      { planId: plan.id },
      { refetchInterval: ({ state }) => (state.data?.state === 'running' ? LOOK_EVERY_MS : false) },
    ),
  )
  const start = useMutation({
    mutationFn: () => client.drill.start.mutate({ planId: plan.id }),
    onSuccess: (begun) => queryClient.setQueryData(trpc.drill.get.queryKey({ planId: plan.id }), begun),
  })
  const running = drill.data?.state === 'running'
  return (
    <Card className="grid gap-4">
      <div>
        <h2>Restore drill</h2>
        <p className="note mt-0.5">
          A sample is really restored to a scratch folder and compared, so that you know it works and how long
          it takes.
        </p>
      </div>
      <Proven proof={drill.data?.proof ?? lastDrill ?? null} />
      {drill.data?.state === 'running' && <Running drill={drill.data} />}
      {drill.data?.error != null && (
        <ProblemCard
          problem={{
            code: drill.data.error.code,
            sentence: drill.data.error.message,
            next: drill.data.error.next,
            fields: {},
          }}
        />
      )}
      {start.isError && <ProblemCard problem={problemOf(start.error)} />}
      <Select
        label="How often"
        value={plan.options.drill.every}
        disabled={saving}
        onChange={({ target }) => {
          const every = (['week', 'month', 'never'] as const).find((one) => one === target.value)
          if (every !== undefined) onEvery(every)
        }}
      >
        {(['week', 'month', 'never'] as const).map((every) => (
          <option key={every} value={every}>
            {EVERY[every]}
          </option>
        ))}
      </Select>
      <Button disabled={running || start.isPending} onClick={() => start.mutate()}>
        {running ? 'Restoring a sample…' : 'Try it now'}
      </Button>
    </Card>
  )
}

function Running({ drill }: { drill: Drill }) {
  const { bytesDone, bytesTotal } = drill
  const share = bytesTotal === null || bytesTotal === 0 ? undefined : Math.min(1, bytesDone / bytesTotal)
  return <ProgressBar share={share} label="Restore drill" />
}

function Proven({ proof }: { proof: Drill['proof'] | NonNullable<PlanCard['lastDrill']> }) {
  if (proof === null) return <p className="text-soft">No drill yet. The first backup proved a few files.</p>
  return (
    <div className="grid gap-1">
      <p className={proof.mismatches === 0 ? 'font-semibold' : 'font-semibold text-fail'}>
        {proof.mismatches === 0
          ? proof.everythingMs === undefined
            ? 'Everything in the sample came back.'
            : `Everything back in about ${formatDuration(Math.max(1000, proof.everythingMs))}.`
          : `${countOf(proof.mismatches, 'file')} did not come back as it was.`}
      </p>
      <p className="note num">
        {countOf(proof.files, 'file')}, {formatBytes(proof.bytes)} restored and compared{' '}
        <Moment at={proof.at} />
      </p>
    </div>
  )
}
