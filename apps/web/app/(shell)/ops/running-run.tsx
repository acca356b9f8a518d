'use client'

import { assertNever, formatBytes } from '@holdfast/domain'
import { useIsMutating, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Square } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card, Figure } from '#web/parts/card.tsx'
import { useNow } from '#web/parts/now.ts'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { ProgressBar } from '#web/parts/progress-bar.tsx'
import { SpokenProgress } from '#web/parts/spoken-progress.tsx'
import type { RateSample } from '#web/trpc/apply-event.ts'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { rateKey, useConnection } from '#web/trpc/live.tsx'
import { problemOf } from '#web/trpc/problem.ts'
import type { Progress, Run } from '#web/trpc/types.ts'
import { countOf, formatCount } from '#web/words/locale.ts'
import { dayAndTime } from '#web/words/moments.ts'
import { etaWords, PHASE_WORDS, progressShare, TRIGGER_WORDS } from '#web/words/run-words.ts'
import { LimitCard } from './limit-card.tsx'
import { RateChart } from './rate-chart.tsx'
import { RcloneCard } from './rclone-card.tsx'

const StopDialog = dynamic(() => import('./stop-dialog.tsx').then((module) => module.StopDialog), {
  ssr: false,
})

type Unfinished = Exclude<Run, { state: 'finished' }>

/** A run that has not ended: how far, how fast, what it holds in hand, and the way to stop it. */
export function RunningRunView({ run, plan }: { run: Unfinished; plan: string }) {
  const now = useNow()
  const lost = useConnection() === 'lost'
  const stop = useStop(run.id)
  const progress = run.state === 'running' ? run.progress : undefined
  const share = progress && progressShare(progress)
  const sentence = stop.stopping
    ? 'Stopping…'
    : share === undefined
      ? openingWords(run)
      : `${Math.floor(share * 100)} %`
  const left = stop.stopping || progress === undefined ? undefined : etaWords(progress.etaSeconds)
  return (
    <>
      <div className="pt-5 pb-1 rail:pt-8">
        <p className="note num mb-3">
          <b className="font-semibold text-ink">{plan}</b> · started {TRIGGER_WORDS[run.trigger]},{' '}
          {dayAndTime(run.queuedAt, now)}
        </p>
        <h1 className="num">
          {sentence}{' '}
          {left !== undefined && (
            <span className="text-[18px] font-medium tracking-normal text-soft">{left}</span>
          )}
        </h1>
        <p className="mt-2 text-soft">{becauseWords({ progress, lost, stopping: stop.stopping })}</p>
        <ProgressBar share={share} label={`Backup of ${plan}`} className="mt-4" />
        <SpokenProgress text={`${sentence} ${left ?? ''}`} />
      </div>
      {progress !== undefined && <Figures runId={run.id} progress={progress} />}
      {run.state === 'running' && <RcloneCard runId={run.id} />}
      <LimitCard />
      {stop.problem !== undefined && <ProblemCard problem={stop.problem} />}
      <Button
        look="danger"
        size="main"
        className="bg-card side:max-w-60"
        disabled={stop.stopping || lost}
        onClick={() => stop.setAsking(true)}
      >
        <Square aria-hidden className="size-4" fill="currentColor" />
        {stop.stopping ? 'Stopping…' : 'Stop'}
      </Button>
      {stop.asking && <StopDialog onClose={() => stop.setAsking(false)} onStop={stop.go} />}
    </>
  )
}

function Figures({ runId, progress }: { runId: string; progress: Progress }) {
  const { data: samples } = useQuery<RateSample[]>({
    queryKey: rateKey(runId),
    enabled: false,
    initialData: [],
  })
  const changed = progress.filesNew + progress.filesChanged
  return (
    <>
      <div className="grid grid-cols-2 gap-3 max-[20rem]:grid-cols-1">
        <Figure
          name="Checked"
          value={formatCount(progress.filesDone)}
          note={
            progress.filesTotal === null
              ? 'files, still counting'
              : `of ${countOf(progress.filesTotal, 'file')}`
          }
        />
        <Figure
          name="New or changed"
          value={formatCount(changed)}
          note={`${formatBytes(progress.bytesRead)} read`}
        />
      </div>
      <Card>
        <div className="flex items-baseline justify-between gap-3">
          <h2 className="caption font-normal">Sending</h2>
          <span className="num font-semibold">{formatBytes(Math.round(progress.bytesPerSecond))}/s</span>
        </div>
        <RateChart samples={samples} />
        <p className="caption num mt-1.5">{formatBytes(progress.bytesStored)} stored so far</p>
      </Card>
      {progress.inFlight.length > 0 && (
        <Card>
          <h2 className="caption font-normal">In hand</h2>
          <ul className="mt-1.5 grid gap-1 font-mono text-[13px] leading-snug">
            {progress.inFlight.slice(0, 8).map((path) => (
              <li key={path} className="truncate [direction:rtl] text-left" title={path}>
                <bdi>{path}</bdi>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </>
  )
}

/** Stops the run after asking. The agent answers only when everything has stopped; until then it says stopping. */
function useStop(id: string) {
  const client = useTRPCClient()
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const mutationKey = ['stop-run', id]
  const [asking, setAsking] = useState(false)
  const stop = useMutation({
    mutationKey,
    mutationFn: () => client.run.cancel.mutate({ id }),
    onSuccess: (run) => queryClient.setQueryData(trpc.run.get.queryKey({ id }), run),
  })
  const stopping = useIsMutating({ mutationKey }) > 0
  return {
    asking,
    setAsking,
    stopping,
    problem: stop.isError ? problemOf(stop.error) : undefined,
    go: () => {
      setAsking(false)
      stop.mutate()
    },
  }
}

function openingWords(run: Unfinished): string {
  switch (run.state) {
    case 'queued':
      return 'Waiting to start.'
    case 'running':
      return 'Backing up.'
    default:
      return assertNever(run)
  }
}

function becauseWords(facts: { progress: Progress | undefined; lost: boolean; stopping: boolean }): string {
  if (facts.stopping) return 'Ending the transfers. Earlier snapshots are untouched.'
  if (facts.lost) return 'The agent is unreachable. These are the last numbers heard.'
  if (facts.progress === undefined) return 'It starts as soon as the machine is ready for it.'
  return `${PHASE_WORDS[facts.progress.phase]} Safe to close this page.`
}
