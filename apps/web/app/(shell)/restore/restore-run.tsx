'use client'

import { assertNever, formatBytes } from '@holdfast/domain'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Ban, Check, LoaderCircle, TriangleAlert, X } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { Button } from '#web/parts/button.tsx'
import { Card, Figure } from '#web/parts/card.tsx'
import { cn } from '#web/parts/class-names.ts'
import { Link } from '#web/parts/link.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { ProgressBar } from '#web/parts/progress-bar.tsx'
import { SkippedFiles } from '#web/parts/skipped-files.tsx'
import { SpokenProgress } from '#web/parts/spoken-progress.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { useConnection } from '#web/trpc/live.tsx'
import { problemOf } from '#web/trpc/problem.ts'
import type { Restore } from '#web/trpc/types.ts'
import { countOf, formatCount } from '#web/words/locale.ts'

/** A restore: how far it is, and when it ended, what came back and what did not. */
export function RestoreRun({ id }: { id: string }) {
  const trpc = useTRPC()
  const restore = useQuery(trpc.restore.get.queryOptions({ id }))
  if (restore.data === undefined) {
    if (restore.isError)
      return (
        <div className="grid max-w-xl gap-3 pt-8">
          <ProblemCard problem={problemOf(restore.error)} />
          <Again />
        </div>
      )
    return <p className="pt-8 text-[30px] font-[650] leading-tight tracking-tight text-soft">Looking…</p>
  }
  return (
    <div className="grid max-w-2xl gap-3 pb-6">
      {restore.data.state === 'running' ? (
        <Running restore={restore.data} />
      ) : (
        <Ended restore={restore.data} />
      )}
      {restore.data.skipped.length > 0 && (
        <SkippedFiles skipped={restore.data.skipped} total={restore.data.skippedTotal} verb="restored" />
      )}
      {(restore.data.state === 'failed' || restore.data.state === 'cancelled') && (
        <GoOn restore={restore.data} />
      )}
      {restore.data.state !== 'running' && <Again />}
    </div>
  )
}

function Running({ restore }: { restore: Restore }) {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const lost = useConnection() === 'lost'
  const cancel = useMutation({
    mutationFn: () => client.restore.cancel.mutate({ id: restore.id }),
    onSuccess: (ended) => queryClient.setQueryData(trpc.restore.get.queryKey({ id: restore.id }), ended),
  })
  const share = restoreShare(restore)
  const sentence = cancel.isPending
    ? 'Stopping…'
    : restore.rewind !== null && restore.rewind.now === null
      ? 'First, a backup of now…'
      : share === undefined
        ? 'Restoring…'
        : `Restoring, ${Math.floor(share * 100)} %`
  return (
    <>
      <div className="pt-5 pb-1 rail:pt-8">
        <h1 className="num">{sentence}</h1>
        <p className="mt-2 text-soft">
          {lost ? 'The agent is unreachable. These are the last numbers heard.' : 'Safe to close this page.'}
        </p>
        <ProgressBar share={share} label="Restore" className="mt-4" />
        <SpokenProgress text={sentence} />
      </div>
      <Figures restore={restore} />
      {restore.rewind === null && <Target dir={restore.targetDir} name="Going to" />}
      {cancel.isError && <ProblemCard problem={problemOf(cancel.error)} />}
      <Button
        look="danger"
        size="main"
        className="bg-card"
        disabled={cancel.isPending || lost}
        onClick={() => cancel.mutate()}
      >
        {cancel.isPending ? 'Stopping…' : 'Stop the restore'}
      </Button>
    </>
  )
}

const MARKS = {
  running: { Icon: LoaderCircle, colour: 'text-sea bg-wash' },
  done: { Icon: Check, colour: 'text-safe bg-safe/12' },
  failed: { Icon: X, colour: 'text-fail bg-fail/10' },
  cancelled: { Icon: Ban, colour: 'text-unknown bg-unknown/10' },
} as const

function Ended({ restore }: { restore: Restore }) {
  const part = restore.state === 'done' && restore.skipped.length > 0
  const mark = part ? { Icon: TriangleAlert, colour: 'text-risk bg-risk/12' } : MARKS[restore.state]
  return (
    <>
      <div className="pt-5 pb-1 rail:pt-8">
        <span className={cn('mb-4 grid size-13 place-items-center rounded-full', mark.colour)}>
          <mark.Icon aria-hidden className="size-6" strokeWidth={2.4} />
        </span>
        <h1>{endedSentence(restore)}</h1>
        <p className="mt-2 text-soft">{endedBecause(restore)}</p>
      </div>
      {restore.error !== null && (
        <ProblemCard
          problem={{
            code: restore.error.code,
            sentence: restore.error.message,
            next: restore.error.next,
            fields: {},
          }}
        />
      )}
      <Figures restore={restore} />
      {restore.rewind === null ? (
        <Target dir={restore.targetDir} name="In this folder" />
      ) : (
        <RewoundFacts rewind={restore.rewind} />
      )}
    </>
  )
}

function Figures({ restore }: { restore: Restore }) {
  const { filesDone, filesTotal, bytesDone, bytesTotal, rewind } = restore
  const wentBack = rewind !== null && restore.state === 'done'
  const files = wentBack
    ? `${formatCount(rewind.unchanged)} more were right`
    : filesTotal === null
      ? undefined
      : `of ${formatCount(filesTotal)}`
  const data = wentBack || bytesTotal === null ? undefined : `of ${formatBytes(bytesTotal)}`
  return (
    <div className="grid grid-cols-2 gap-3">
      <Figure name={wentBack ? 'Files brought back' : 'Files'} value={formatCount(filesDone)} note={files} />
      <Figure name="Data" value={formatBytes(bytesDone)} note={data} />
    </div>
  )
}

function Target({ dir, name }: { dir: string; name: string }) {
  return (
    <Card>
      <h2 className="caption font-normal">{name}</h2>
      <p className="mt-1 font-mono text-[15px] leading-snug">{dir}</p>
    </Card>
  )
}

/** What went, and the two ways to have it back. */
function RewoundFacts({ rewind }: { rewind: NonNullable<Restore['rewind']> }) {
  const { removed, now, aside } = rewind
  return (
    <Card className="grid gap-2">
      <p>
        {removed.entries === 0
          ? 'Nothing had to be removed.'
          : `${countOf(removed.entries, 'item')} that came since were removed.`}
      </p>
      {now !== null && <p className="note">What was there before stands in snapshot {now}.</p>}
      {aside !== null && (
        <p className="note">
          What was removed or replaced lies beside each source, in a folder whose name ends in{' '}
          <span className="font-mono [overflow-wrap:anywhere]">{aside}</span>. Delete it when you don’t need
          it.
        </p>
      )}
    </Card>
  )
}

/** The same again: what is there already is compared and left. */
function GoOn({ restore }: { restore: Restore }) {
  const client = useTRPCClient()
  const router = useRouter()
  const again = useMutation({
    mutationFn: () => client.restore.again.mutate({ id: restore.id }),
    onSuccess: ({ id }) => router.push(`/restore/?restore=${id}`),
  })
  return (
    <>
      {again.isError && <ProblemCard problem={problemOf(again.error)} />}
      <Button look="primary" size="main" disabled={again.isPending} onClick={() => again.mutate()}>
        {again.isPending ? 'Starting…' : 'Go on where it stopped'}
      </Button>
    </>
  )
}

function Again() {
  return (
    <Button asChild size="main" className="bg-card">
      <Link href="/restore/">Restore something else</Link>
    </Button>
  )
}

function restoreShare(restore: Restore): number | undefined {
  const { bytesDone, bytesTotal, filesDone, filesTotal } = restore
  if (bytesTotal !== null && bytesTotal > 0) return Math.min(1, bytesDone / bytesTotal)
  if (filesTotal !== null && filesTotal > 0) return Math.min(1, filesDone / filesTotal)
  return undefined
}

function endedSentence(restore: Restore): string {
  switch (restore.state) {
    case 'running':
      return 'Restoring…'
    case 'done':
      if (restore.rewind !== null)
        return restore.skippedTotal === 0 ? 'Back in time.' : 'Back in time, but for a few things.'
      return restore.skippedTotal === 0
        ? `Restored ${countOf(restore.filesDone, 'file')}.`
        : `Restored, except ${countOf(restore.skippedTotal, 'file')}.`
    case 'failed':
      return 'The restore failed.'
    case 'cancelled':
      return 'The restore was stopped.'
    default:
      return assertNever(restore.state)
  }
}

function endedBecause(restore: Restore): string {
  if (restore.rewind !== null) {
    if (restore.state === 'done')
      return restore.skippedTotal === 0
        ? 'The files are what they were then, and nothing else.'
        : 'The rest is what it was then. What had to stay, and why, stands in the list.'
    return restore.rewind.now === null
      ? 'No file was touched.'
      : 'It stopped on its way: some files are as they were then, others as they were before.'
  }
  if (restore.state === 'done')
    return restore.skipped.length === 0
      ? 'It lies in the folder below.'
      : 'Everything else lies in the folder below. What is missing, and why, stands in the list.'
  return 'What was restored until then is in the folder. The snapshot is untouched.'
}
