'use client'

import { formatAge, formatBytes } from '@holdfast/domain'
import { ChevronRight } from 'lucide-react'
import type { Run } from '#web/trpc/types.ts'
import { exactMoment } from '#web/words/moments.ts'
import { OUTCOME_WORDS, PHASE_WORDS } from '#web/words/run-words.ts'
import { cn } from './class-names.ts'
import { Link } from './link.tsx'
import { useNow } from './now.ts'
import { OutcomeMark } from './outcome-mark.tsx'

/** One run in a list: how it ended, which plan, when, and what it added. Leads to the run. */
export function RunRow({ run, plan, current }: { run: Run; plan: string | undefined; current?: boolean }) {
  const now = useNow()
  const at = run.state === 'finished' ? run.finishedAt : run.queuedAt
  return (
    <Link
      href={`/ops/?run=${run.id}`}
      aria-current={current ? 'true' : undefined}
      className={cn(
        '-mx-2 flex min-h-15 items-center gap-3 rounded-xl px-2 py-2 hover:bg-wash/60',
        current && 'bg-wash',
      )}
    >
      <OutcomeMark run={run} />
      <span className="min-w-0 grow">
        <span className="flex flex-wrap items-baseline justify-between gap-x-3">
          <span className="font-semibold">
            {run.state === 'finished' ? OUTCOME_WORDS[run.outcome] : 'Running'}
          </span>
          <time dateTime={at} title={exactMoment(at)} className="caption num">
            {formatAge(now.getTime() - Date.parse(at))}
          </time>
        </span>
        <span className="note num block">
          {[plan, ...runFacts(run)].filter((fact) => fact !== undefined).join(' · ')}
        </span>
      </span>
      <ChevronRight aria-hidden className="size-4 shrink-0 text-soft" />
    </Link>
  )
}

function runFacts(run: Run): string[] {
  if (run.state === 'queued') return ['waiting to start']
  if (run.state === 'running') return [PHASE_WORDS[run.progress.phase].replace('.', '')]
  if (run.summary === null) return run.reason === null ? [] : [run.reason.message]
  return [`${formatBytes(run.summary.bytesStored)} added`]
}
