import { formatBytes, formatDuration } from '@holdfast/domain'
import { Card } from '#web/parts/card.tsx'
import { StateBadge } from '#web/parts/state-badge.tsx'
import type { Report } from '#web/trpc/types.ts'
import { countOf } from '#web/words/locale.ts'

/** Each plan: its verdict, its runs, what it added, how long it took, and when it was proven. */
export function PlanTable({ plans }: { plans: Report['plans'] }) {
  if (plans.length === 0) return <p className="note">There is no plan yet, so there is nothing to report.</p>
  return (
    <div className="grid gap-3 rail:grid-cols-2 wide:grid-cols-3">
      {plans.map((plan) => (
        <Card key={plan.id}>
          <div className="flex items-start justify-between gap-3">
            <h2 className="min-w-0">{plan.name}</h2>
            <StateBadge state={plan.protection.state} />
          </div>
          <dl className="num mt-2 grid grid-cols-[1fr_auto] gap-x-4 gap-y-1.5 text-[15px] [overflow-wrap:normal]">
            <dt className="text-soft">Runs</dt>
            <dd className="text-right">{runsOf(plan)}</dd>
            <dt className="text-soft">Added</dt>
            <dd className="text-right">
              {formatBytes(plan.bytesStored)}, {countOf(plan.filesNew, 'new file')}
            </dd>
            <dt className="text-soft">Usually takes</dt>
            <dd className="text-right">{plan.medianMs === null ? '–' : formatDuration(plan.medianMs)}</dd>
            <dt className="text-soft">Proven</dt>
            <dd className="text-right">
              {plan.proofs === 0 ? 'not in this time' : countOf(plan.proofs, 'time')}
            </dd>
          </dl>
        </Card>
      ))}
    </div>
  )
}

function runsOf({ runs, outcomes }: Report['plans'][number]): string {
  if (runs === 0) return 'none'
  const bad = (['incomplete', 'failed', 'interrupted', 'skipped', 'cancelled'] as const)
    .filter((outcome) => outcomes[outcome] > 0)
    .map((outcome) => `${outcomes[outcome]} ${outcome}`)
  return bad.length === 0
    ? `${runs}, all complete`
    : `${runs}: ${outcomes.complete} complete, ${bad.join(', ')}`
}
