'use client'

import { formatAge, formatBytes } from '@holdfast/domain'
import { useQuery } from '@tanstack/react-query'
import { TriangleAlert } from 'lucide-react'
import Link from 'next/link'
import { type ReactNode, useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { useNow } from '#web/parts/now.ts'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { Plan, Restore, Snapshot } from '#web/trpc/types.ts'
import { countOf } from '#web/words/locale.ts'
import { longMoment } from '#web/words/moments.ts'
import { FolderBrowser, type Tick } from './folder-browser.tsx'
import { Rope } from './rope.tsx'
import { StartRestore } from './start-restore.tsx'

type ChooseMomentProps = {
  readonly plan: Plan
  readonly planChoice: ReactNode
  readonly onStarted: (restore: Restore) => void
}

/** The rope of snapshots of one plan, what the chosen one holds, and the way to bring it back. */
export function ChooseMoment({ plan, planChoice, onStarted }: ChooseMomentProps) {
  const trpc = useTRPC()
  const list = useQuery(trpc.snapshot.list.queryOptions({ planId: plan.id }, { staleTime: 60_000 }))
  const [chosenId, setChosenId] = useState<string>()
  const [ticks, setTicks] = useState<readonly Tick[]>([])
  const [starting, setStarting] = useState(false)

  const oldestFirst = list.data?.toReversed() ?? []
  const newest = oldestFirst.length - 1
  const found = oldestFirst.findIndex((snapshot) => snapshot.id === chosenId)
  const at = found === -1 ? newest : found
  const snapshot = oldestFirst[at]
  const choose = (index: number) => {
    const next = oldestFirst[index]
    if (next === undefined || next.id === snapshot?.id) return
    setChosenId(next.id)
    // What was ticked may not exist at another moment.
    setTicks([])
  }

  if (snapshot === undefined)
    return (
      <div className="grid max-w-xl gap-4 pt-8">
        {planChoice}
        <NoSnapshot plan={plan} waiting={list.isPending} error={list.error} />
      </div>
    )
  return (
    <div className="grid gap-x-12 gap-y-4 pb-6 side:grid-cols-[minmax(0,1fr)_340px] side:items-start">
      <div className="grid min-w-0 gap-3">
        <div className="pt-5 rail:pt-8">
          {planChoice || <p className="note mb-3 font-semibold text-ink">{plan.name}</p>}
          <SnapshotHeading snapshot={snapshot} newest={at === newest} className={planChoice ? 'mt-5' : ''} />
        </div>
        <Rope snapshots={oldestFirst} selected={at} onSelect={choose} />
        <FolderBrowser key={plan.id} planId={plan.id} snapshot={snapshot} ticks={ticks} onTicks={setTicks} />
      </div>
      <aside className="sticky bottom-[calc(64px+env(safe-area-inset-bottom))] z-10 -mx-5 rail:bottom-0 rail:-mx-8 side:static side:mx-0 side:pt-8">
        <div className="grid gap-3 border-line border-t bg-card px-5 py-3 rail:border-t-0 rail:bg-paper rail:px-8 side:rounded-card side:border side:bg-card side:p-4 side:shadow-lift">
          <div className="hidden side:block">
            <h2>Bring back</h2>
            <p className="note mt-0.5">
              {ticks.length === 0
                ? `Everything: ${countOf(snapshot.files, 'file')}, ${formatBytes(snapshot.bytes)}. Tick files and folders to bring back only those.`
                : ticks.map((tick) => tick.name).join(', ')}
            </p>
          </div>
          <Button look="primary" size="main" onClick={() => setStarting(true)}>
            {ticks.length === 0 ? 'Restore everything…' : `Restore ${tickWords(ticks)}…`}
          </Button>
        </div>
      </aside>
      {starting && (
        <StartRestore
          plan={plan}
          snapshot={snapshot}
          ticks={ticks}
          onClose={() => setStarting(false)}
          onStarted={onStarted}
        />
      )}
    </div>
  )
}

function SnapshotHeading(props: { snapshot: Snapshot; newest: boolean; className: string }) {
  const now = useNow()
  const { snapshot } = props
  const facts = [
    formatAge(now.getTime() - Date.parse(snapshot.at)),
    countOf(snapshot.files, 'file'),
    formatBytes(snapshot.bytes),
    snapshot.bytesStored === 0 ? 'nothing added' : `${formatBytes(snapshot.bytesStored)} added`,
  ]
  return (
    <div className={props.className}>
      <h1 className="num">{longMoment(snapshot.at, now)}</h1>
      <p className="num mt-2 text-soft">{facts.join(' · ')}</p>
      {snapshot.outcome !== 'complete' && (
        <p className="mt-2 flex items-start gap-2 text-[15px] text-risk">
          <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          {snapshot.outcome === 'incomplete'
            ? 'Some files could not be read then; they are not in it.'
            : 'A checkpoint of a run that had not ended: it holds what was done until then.'}
        </p>
      )}
      {props.newest && <p className="sr-only">The newest snapshot.</p>}
    </div>
  )
}

function NoSnapshot(props: { plan: Plan; waiting: boolean; error: unknown }) {
  if (props.error !== null) return <ProblemCard problem={problemOf(props.error)} />
  if (props.waiting) return <h1 className="text-soft">Reading the vault…</h1>
  return (
    <>
      <h1>No snapshot yet.</h1>
      <p className="text-soft">
        {props.plan.name} has not been backed up. Its first run makes the first snapshot.
      </p>
      <Button asChild look="primary" size="main">
        <Link href="/">Go to Back up now</Link>
      </Button>
    </>
  )
}

function tickWords(ticks: readonly Tick[]): string {
  const [only] = ticks
  if (ticks.length !== 1 || only === undefined) return `${ticks.length} items`
  return only.name.length > 24 ? '1 item' : only.name
}
