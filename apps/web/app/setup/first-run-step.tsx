'use client'

import { formatBytes } from '@holdfast/domain'
import { useMutation, useQuery } from '@tanstack/react-query'
import { BadgeCheck, BadgeX, CalendarClock, Check, House, LoaderCircle, RotateCw } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { cn } from '#web/parts/class-names.ts'
import { Link } from '#web/parts/link.tsx'
import { useNow } from '#web/parts/now.ts'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { ProgressBar } from '#web/parts/progress-bar.tsx'
import { SkippedFiles } from '#web/parts/skipped-files.tsx'
import { SpokenProgress } from '#web/parts/spoken-progress.tsx'
import { StartsWithMachine } from '#web/parts/starts-with-machine.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { useHome } from '#web/trpc/home-query.ts'
import { useConnection } from '#web/trpc/live.tsx'
import { problemOf } from '#web/trpc/problem.ts'
import type { FinishedRun, Plan, PlanCard, Run } from '#web/trpc/types.ts'
import { countOf } from '#web/words/locale.ts'
import { dayAndTime } from '#web/words/moments.ts'
import { etaWords, outcomeSentence, progressShare } from '#web/words/run-words.ts'
import { scheduleWords } from '#web/words/schedule-words.ts'
import { SaveKit } from './save-kit.tsx'
import { STEP_BODY, StepActions, StepsFrame } from './steps-frame.tsx'

/** The last step: the first run as it goes, until files of it were restored and compared. */
export function FirstRunStep({ runId }: { runId: string }) {
  const trpc = useTRPC()
  const answer = useQuery(trpc.run.get.queryOptions({ id: runId }))
  const home = useHome()
  const run = answer.data
  const card = home.data?.plans.find(({ plan }) => plan.id === run?.planId)
  const plan = card?.plan
  return (
    <StepsFrame step="proof" reached="proof">
      <div className={STEP_BODY}>
        {run === undefined && !answer.isError && <h1 className="text-soft">Looking…</h1>}
        {answer.isError && (
          <>
            <h1>This run can’t be shown.</h1>
            <ProblemCard problem={problemOf(answer.error)} />
          </>
        )}
        {run !== undefined &&
          (run.state === 'finished' ? <Ended run={run} card={card} /> : <Going run={run} plan={plan} />)}
        <StepActions>
          {run?.state === 'finished' && run.summary === null ? (
            <TryAgain planId={run.planId} />
          ) : (
            <Button asChild look={run?.state === 'finished' ? 'primary' : 'quiet'} size="main">
              <Link href="/" className={cn(run?.state !== 'finished' && 'bg-card')}>
                <House aria-hidden className="size-5" /> Home
              </Link>
            </Button>
          )}
        </StepActions>
      </div>
    </StepsFrame>
  )
}

const STAGES = [
  { phases: ['starting', 'scanning'], text: 'Reading, encrypting and sending' },
  { phases: ['committing'], text: 'Writing the snapshot' },
  { phases: ['proving', 'finishing'], text: 'Restoring a few files and comparing them' },
] as const

function Going({ run, plan }: { run: Exclude<Run, FinishedRun>; plan: Plan | undefined }) {
  const lost = useConnection() === 'lost'
  const progress = run.state === 'running' ? run.progress : undefined
  const share = progress && progressShare(progress)
  const phase = progress?.phase ?? 'starting'
  const at = STAGES.findIndex(({ phases }) => phases.some((one) => one === phase))
  const left = progress && etaWords(progress.etaSeconds)
  const sentence = share === undefined ? 'The first backup is starting.' : `${Math.floor(share * 100)} %`
  return (
    <>
      <div>
        <h1 className="num">
          {sentence}{' '}
          {left !== undefined && (
            <span className="text-[18px] font-medium tracking-normal text-soft">{left}</span>
          )}
        </h1>
        <p className="mt-2 text-soft">
          {lost
            ? 'The machine is unreachable. These are the last numbers heard.'
            : 'It goes on when this page is closed, and Home shows how far it is.'}
        </p>
        <ProgressBar share={share} label={`Backup of ${plan?.name ?? 'the plan'}`} className="mt-4" />
        <SpokenProgress text={`${sentence} ${left ?? ''}`} />
      </div>
      <Card className="p-0">
        <ol className="divide-y divide-line">
          {STAGES.map(({ text }, i) => (
            <li
              key={text}
              aria-current={i === at ? 'step' : undefined}
              className={cn('flex min-h-14 items-center gap-3 px-4 py-3 text-soft', i === at && 'text-ink')}
            >
              <span
                aria-hidden
                className={cn(
                  'num grid size-7 shrink-0 place-items-center rounded-full border-[1.5px] border-line text-[13px] font-semibold',
                  i < at && 'border-sea bg-sea text-on-sea',
                  i === at && 'border-sea text-sea',
                )}
              >
                {i < at ? (
                  <Check className="size-4" strokeWidth={3} />
                ) : i === at ? (
                  <LoaderCircle className="size-4 animate-spin" />
                ) : (
                  i + 1
                )}
              </span>
              <span className="min-w-0 grow">
                <span className={cn('block', i === at && 'font-semibold')}>{text}</span>
                {i === 0 && progress !== undefined && (
                  <span className="num note block">
                    {countOf(progress.filesDone, 'file')}, {formatBytes(progress.bytesStored)} sent
                  </span>
                )}
              </span>
            </li>
          ))}
        </ol>
      </Card>
    </>
  )
}

function Ended({ run, card }: { run: FinishedRun; card: PlanCard | undefined }) {
  const { summary, proof, reason } = run
  const plan = card?.plan
  const name = plan?.name ?? 'This plan'
  return (
    <>
      <div>
        <h1>{outcomeSentence(run, name)}</h1>
        {summary !== null && (
          <p className="num mt-2 text-soft">
            {countOf(summary.files, 'file')}, {formatBytes(summary.bytes)}, now in a vault at{' '}
            {plan === undefined ? 'the chosen place' : placeText(plan)}.
          </p>
        )}
      </div>
      {summary === null && reason !== null && (
        <ProblemCard
          problem={{ code: reason.code, sentence: reason.message, next: reason.next, fields: {} }}
        />
      )}
      {proof !== null && <Proven proof={proof} />}
      {summary !== null && proof === null && (
        <p className="note">
          No file was restored for a proof this time. The next complete run restores some and compares them.
        </p>
      )}
      {summary !== null && summary.skipped.length > 0 && (
        <SkippedFiles skipped={summary.skipped} total={summary.filesSkipped} verb="read" />
      )}
      {summary !== null && plan !== undefined && <SaveKit vault={plan.vault.id} />}
      {summary !== null && card !== undefined && <FromNowOn card={card} />}
      {summary !== null && <StartsWithMachine owner onlyKnown />}
      <p className="note">
        <Link
          className="inline-flex min-h-11 items-center font-semibold text-sea underline underline-offset-2"
          href={`/ops/?run=${run.id}`}
        >
          All that this run did
        </Link>
      </p>
    </>
  )
}

function FromNowOn({ card: { plan, nextDueAt } }: { card: PlanCard }) {
  const now = useNow()
  return (
    <Card className="flex items-start gap-3">
      <CalendarClock aria-hidden className="mt-0.5 size-6 shrink-0 text-sea" strokeWidth={1.8} />
      <div>
        <h2>From now on</h2>
        <p className="note num mt-0.5">
          {plan.schedule.kind === 'manual'
            ? 'It runs when you say so. Home warns when the last copy is older than a week.'
            : `It runs ${scheduleWords(plan.schedule)}${nextDueAt === undefined ? '' : `, next ${dayAndTime(nextDueAt, now)}`}. Home tells at once when a backup fails or does not happen.`}
        </p>
      </div>
    </Card>
  )
}

/** What came back from the vault, by name. */
function Proven({ proof }: { proof: NonNullable<FinishedRun['proof']> }) {
  const good = proof.mismatches === 0
  const Icon = good ? BadgeCheck : BadgeX
  const more = proof.files - (proof.examples?.length ?? 0)
  return (
    <Card className={cn('grid gap-3 border-[1.5px] p-5', good ? 'border-safe' : 'border-fail')}>
      <div className="flex items-start gap-3">
        <Icon aria-hidden className={cn('size-8 shrink-0', good ? 'text-safe' : 'text-fail')} />
        <div>
          <h2 className="text-[20px]">{good ? 'Proven: it comes back.' : 'The proof failed.'}</h2>
          <p className="mt-0.5 text-[15px] text-soft">
            {good
              ? `${countOf(proof.files, 'file')}, ${formatBytes(proof.bytes)}, restored from the vault and compared: every byte agrees.`
              : `${countOf(proof.mismatches, 'file')} of ${proof.files} did not come back as it is here.`}
          </p>
        </div>
      </div>
      {good && proof.examples !== undefined && proof.examples.length > 0 && (
        <ul aria-label="Restored and compared" className="grid gap-1 border-line border-t pt-3">
          {proof.examples.map((path) => (
            <li key={path} className="flex items-start gap-2 font-mono text-[14px] leading-snug">
              <Check aria-hidden className="mt-px size-4 shrink-0 text-safe" strokeWidth={2.5} />
              <span className="min-w-0">{path}</span>
            </li>
          ))}
          {more > 0 && <li className="note num">and {countOf(more, 'other')}</li>}
        </ul>
      )}
    </Card>
  )
}

function TryAgain({ planId }: { planId: string }) {
  const client = useTRPCClient()
  const router = useRouter()
  const start = useMutation({
    mutationFn: () => client.run.start.mutate({ planId }),
    onSuccess: ({ id }) => router.replace(`/setup/?run=${id}`),
  })
  return (
    <>
      {start.isError && <ProblemCard problem={problemOf(start.error)} />}
      <div className="flex gap-3">
        <Button asChild className="min-h-13 rounded-2xl bg-card">
          <Link href="/">Home</Link>
        </Button>
        <Button look="primary" size="main" disabled={start.isPending} onClick={() => start.mutate()}>
          <RotateCw aria-hidden className="size-5" /> Try again
        </Button>
      </div>
    </>
  )
}

function placeText({ vault: { place } }: Plan): string {
  return place.kind === 'folder' ? place.path : `${place.remote}:${place.path}`
}
