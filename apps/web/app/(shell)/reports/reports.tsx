'use client'

import type { ReportPeriodKind } from '@holdfast/domain'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ArrowLeft } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { cn } from '#web/parts/class-names.ts'
import { Link } from '#web/parts/link.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { StateSeal } from '#web/parts/state-badge.tsx'
import { useTRPC } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { Report } from '#web/trpc/types.ts'
import { Calendar } from './calendar.tsx'
import { PlanTable } from './plan-table.tsx'
import { ReportLists } from './report-lists.tsx'
import { SaveReport } from './save-report.tsx'

const Charts = dynamic(() => import('./charts.tsx').then((module) => module.Charts), {
  ssr: false,
  loading: () => <div className="min-h-72" aria-busy="true" />,
})

type Choice = { readonly kind: ReportPeriodKind; readonly current: boolean }
const CHOICES: readonly (Choice & { readonly word: string })[] = [
  { kind: 'week', current: true, word: 'This week' },
  { kind: 'week', current: false, word: 'Last week' },
  { kind: 'month', current: true, word: 'This month' },
  { kind: 'month', current: false, word: 'Last month' },
  { kind: 'year', current: true, word: 'This year' },
]

/** What happened in a week, a month or a year: the same report that the PDF and the mails show. */
export function Reports() {
  const trpc = useTRPC()
  const [choice, setChoice] = useState<Choice>({ kind: 'month', current: true })
  const timeZone = new Intl.DateTimeFormat().resolvedOptions().timeZone
  const report = useQuery(
    trpc.report.get.queryOptions({ ...choice, timeZone }, { placeholderData: keepPreviousData }),
  )
  return (
    <div className="grid gap-6 pb-6">
      <div className="pt-3 rail:pt-6">
        <Link
          href="/"
          className="-ml-2 inline-flex min-h-11 items-center gap-1.5 rounded-xl px-2 text-[15px] font-semibold text-sea"
        >
          <ArrowLeft aria-hidden className="size-5" /> Home
        </Link>
        <h1 className="mt-1">Reports</h1>
      </div>
      <nav aria-label="Period" className="flex flex-wrap gap-2">
        {CHOICES.map(({ word, kind, current }) => {
          const on = choice.kind === kind && choice.current === current
          return (
            <Button
              key={word}
              aria-pressed={on}
              className={cn('rounded-full', on && 'border-sea bg-wash')}
              onClick={() => setChoice({ kind, current })}
            >
              {word}
            </Button>
          )
        })}
      </nav>
      {report.isError && <ProblemCard problem={problemOf(report.error)} />}
      {report.data !== undefined && <OneReport report={report.data} choice={choice} timeZone={timeZone} />}
    </div>
  )
}

function OneReport({ report, choice, timeZone }: { report: Report; choice: Choice; timeZone: string }) {
  return (
    <div className="grid gap-6">
      <div className="flex flex-wrap items-start justify-between gap-4">
        <div className="grid min-w-0 gap-3">
          <StateSeal state={report.verdict.state} />
          <div className="min-w-0">
            <p className="font-semibold text-[19px] leading-snug">{report.period.label}</p>
            <p className="mt-0.5 max-w-prose text-soft">{report.summary}</p>
          </div>
        </div>
        <div className="flex flex-wrap gap-2">
          <SaveReport query={{ ...choice, timeZone }} />
        </div>
      </div>
      <PlanTable plans={report.plans} />
      <Card>
        <h2>Twelve months</h2>
        <Calendar days={report.year} />
      </Card>
      <Charts report={report} />
      <ReportLists report={report} />
    </div>
  )
}
