'use client'

import { formatDuration, formatPlace, hookTitle } from '@holdfast/domain'
import { ChevronRight, Copy as CopyIcon, TriangleAlert, Workflow } from 'lucide-react'
import { Card } from '#web/parts/card.tsx'
import { cn } from '#web/parts/class-names.ts'
import { Link } from '#web/parts/link.tsx'
import { Moment } from '#web/parts/moment.tsx'
import { useNow } from '#web/parts/now.ts'
import { ProgressBar } from '#web/parts/progress-bar.tsx'
import { StateBadge } from '#web/parts/state-badge.tsx'
import { Strip } from '#web/parts/strip.tsx'
import { useConnection } from '#web/trpc/live.tsx'
import type { CopyStatus, PlanCard, Run } from '#web/trpc/types.ts'
import { copyShare } from '#web/words/copy-words.ts'
import { dayAndTime } from '#web/words/moments.ts'
import { etaWords, PHASE_WORDS, progressShare } from '#web/words/run-words.ts'
import { SuspectSource } from './suspect-source.tsx'

/** A plan on the home screen: is it safe, when was it last, when is it next, how were the last two weeks. */
export function PlanOnHome({ card }: { card: PlanCard }) {
  const { plan, protection, running } = card
  return (
    <Card>
      <div className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1">
        <h2 className="min-w-min max-w-full flex-1 [overflow-wrap:break-word]">{plan.name}</h2>
        <StateBadge state={plan.paused ? 'paused' : protection.state} />
      </div>
      <p className="note num mt-0.5">
        to {plan.vault.name} · <Next card={card} />
      </p>
      {card.lastDrill?.everythingMs !== undefined && card.lastDrill.mismatches === 0 && (
        <p className="note num">
          everything back in about {formatDuration(Math.max(1000, card.lastDrill.everythingMs))}
        </p>
      )}
      {plan.options.hooks.length > 0 && <HooksLine plan={plan} />}
      {card.copies.map((copy) => (
        <CopyLine key={formatPlace(copy.place)} copy={copy} plan={plan.id} />
      ))}
      {protection.code === 'source-brake' && <SuspectSource plan={plan} why={protection.sentence} />}
      <div className="mt-3">
        {running === undefined ? (
          <Strip days={card.strip} until={<Last card={card} />} />
        ) : (
          <Running run={running} plan={plan.name} />
        )}
      </div>
    </Card>
  )
}

/** What happens around its runs in a line, which leads to where it is chosen. */
function HooksLine({ plan }: { plan: PlanCard['plan'] }) {
  const [first, ...more] = plan.options.hooks.map(hookTitle)
  return (
    <p className="note flex items-start gap-1.5">
      <Workflow aria-hidden className="mt-1 size-4 shrink-0" />
      <Link
        href={`/settings/plan/?id=${plan.id}`}
        className="min-w-0 [overflow-wrap:anywhere] hover:underline"
      >
        before and after: {first}
        {more.length > 0 && ` and ${more.length} more`}
      </Link>
    </p>
  )
}

/** A second copy in a line, which leads to where it is kept. */
function CopyLine({ copy, plan }: { copy: CopyStatus; plan: string }) {
  const { record, running } = copy
  const failed = record?.problem != null && running === undefined
  const Icon = failed ? TriangleAlert : CopyIcon
  const share = copyShare(copy)
  return (
    <p className="note num flex items-start gap-1.5">
      <Icon aria-hidden className={cn('mt-1 size-4 shrink-0', failed && 'text-risk')} />
      <span className="min-w-0">
        <Link href={`/settings/plan/?id=${plan}`} className="[overflow-wrap:anywhere] hover:underline">
          second copy at {formatPlace(copy.place)}
        </Link>{' '}
        {running !== undefined ? (
          `is being made${share === undefined ? '' : `, ${Math.floor(share * 100)} %`}`
        ) : record?.completeAt != null ? (
          <>
            {failed ? 'was not brought up to date since ' : 'made '}
            <Moment at={record.completeAt} />
          </>
        ) : (
          'is not complete'
        )}
      </span>
    </p>
  )
}

function Last({ card }: { card: PlanCard }) {
  if (card.lastSnapshotAt === undefined) return 'no snapshot yet'
  return (
    <>
      last <Moment at={card.lastSnapshotAt} />
    </>
  )
}

function Next({ card }: { card: PlanCard }) {
  const now = useNow()
  if (card.plan.paused) return 'paused'
  if (card.running !== undefined) return 'running now'
  if (card.waitsFor !== undefined)
    return card.waitsFor === 'ON_BATTERY' ? 'waiting for mains power' : 'waiting for an unmetered connection'
  if (card.plan.schedule.kind === 'manual') return 'only by hand'
  return card.nextDueAt === undefined ? 'no next run' : `next ${nextWords(card.nextDueAt, now)}`
}

function nextWords(at: string, now: Date): string {
  const words = dayAndTime(at, now)
  return words.includes(',') ? words : `at ${words}`
}

function Running({ run, plan }: { run: Run; plan: string }) {
  const lost = useConnection() === 'lost'
  const progress = run.state === 'running' ? run.progress : undefined
  const share = progress && progressShare(progress)
  const left = progress && etaWords(progress.etaSeconds)
  return (
    <Link href={`/ops/?run=${run.id}`} className="-m-2 grid gap-2 rounded-xl p-2 hover:bg-wash/60">
      <span className="flex items-baseline justify-between gap-3">
        <span className="num text-[22px] font-[650] tracking-tight">
          {share === undefined ? 'Backing up' : `${Math.floor(share * 100)} %`}
          {left !== undefined && <span className="note ml-2 font-normal tracking-normal">{left}</span>}
        </span>
        <ChevronRight aria-hidden className="size-5 self-center text-soft" />
      </span>
      <ProgressBar share={share} label={`Backup of ${plan}`} />
      <span className="note">
        {lost
          ? 'Was running when last heard.'
          : progress === undefined
            ? 'Waiting to start.'
            : PHASE_WORDS[progress.phase]}
      </span>
    </Link>
  )
}
