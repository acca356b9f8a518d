import { formatBytes } from '@holdfast/domain'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Check, FolderInput, Undo2 } from 'lucide-react'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { Choice } from '#web/parts/choice.tsx'
import { FolderField } from '#web/parts/folder-field.tsx'
import { Link } from '#web/parts/link.tsx'
import { useNow } from '#web/parts/now.ts'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { ProgressBar } from '#web/parts/progress-bar.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { RecoverData, RecoverState } from '#web/trpc/types.ts'
import { countOf } from '#web/words/locale.ts'
import { dayAndTime } from '#web/words/moments.ts'
import { LockedVaults } from './locked-vaults.tsx'
import { Note } from './machine-step.tsx'
import { RecoverFrame } from './recover-frame.tsx'

const STAGE_NAMES = { settings: 'Settings', documents: 'Documents', media: 'Big media' } as const

/** What would come back, where to, how far it is, and the switch that lets backups go on. */
export function FilesStep({ state }: { state: RecoverState }) {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const data = useQuery(trpc.recover.data.queryOptions())
  const [where, setWhere] = useState<'original' | 'folder'>('original')
  const [folder, setFolder] = useState('')
  const refresh = () => queryClient.invalidateQueries()
  const restore = useMutation({
    mutationFn: (found: readonly RecoverData[]) =>
      client.recover.restore.mutate({
        planIds: found.map(({ planId }) => planId),
        targetDir: where === 'original' ? null : folder.trim(),
      }),
    onSuccess: refresh,
  })
  const begun = state.restores.length > 0
  // A vault that was opened since brings plans whose files were not asked for yet.
  const come = new Set(state.restores.map(({ planId }) => planId))
  const fresh = begun ? (data.data ?? []).filter(({ planId }) => !come.has(planId)) : []
  const broken = state.restores.some(({ restore: one }) => one?.state !== 'done')
  const again = begun && !state.restoring && (broken || fresh.length > 0)
  return (
    <RecoverFrame step="Files">
      <div>
        <h1>{state.machine} is back.</h1>
        <p className="mt-2 text-soft">
          Settings, plans and history are here.{' '}
          {begun ? 'Files come back in this order.' : 'Now the files: what you need first comes first.'}
        </p>
      </div>
      {data.isError && <ProblemCard problem={problemOf(data.error)} />}
      {data.isPending && <p className="text-soft">Looking at the newest backups…</p>}
      {!begun && data.data?.map((one) => <Preview key={one.planId} data={one} />)}
      {begun && <Stages state={state} names={data.data ?? []} />}
      {!state.restoring && <LockedVaults locked={state.locked} />}
      {(!begun || again) && data.data !== undefined && data.data.length > 0 && (
        <>
          <fieldset className="grid gap-2.5 rail:grid-cols-2">
            <legend className="mb-2 text-[15px] font-semibold">Where to?</legend>
            <Choice
              name="where"
              Icon={Undo2}
              title="Where they were"
              text="A file that is there already is kept beside it."
              checked={where === 'original'}
              onChoose={() => setWhere('original')}
            />
            <Choice
              name="where"
              Icon={FolderInput}
              title="Into one folder"
              text="To look first, or from another system."
              checked={where === 'folder'}
              onChoose={() => setWhere('folder')}
            />
          </fieldset>
          {where === 'folder' && <FolderField label="Folder" value={folder} onChange={setFolder} />}
          {restore.isError && <ProblemCard problem={problemOf(restore.error)} />}
          <Button
            look="primary"
            size="main"
            disabled={restore.isPending || (where === 'folder' && !folder.trim().startsWith('/'))}
            onClick={() => restore.mutate(broken || fresh.length === 0 ? data.data : fresh)}
          >
            {again ? 'Go on with the files' : 'Bring the files back'}
          </Button>
        </>
      )}
      {data.data?.length === 0 && <Note text="The vault holds no files of these plans." />}
      {!state.restoring && <GoOn state={state} onDone={refresh} />}
    </RecoverFrame>
  )
}

function Preview({ data }: { data: RecoverData }) {
  const now = useNow()
  return (
    <Card className="grid gap-2">
      <h2>{data.name}</h2>
      <p className="num">
        {countOf(data.files, 'file')}, {formatBytes(data.bytes)}
        <span className="note block">Backed up {dayAndTime(new Date(data.at), now)}.</span>
      </p>
      <p className="note">{data.stages.map(({ stage }) => STAGE_NAMES[stage]).join(', then ')}.</p>
      <ul className="grid gap-1 border-line border-t pt-2">
        {data.sources.map(({ label, was, here }) => (
          <li key={label} className="font-mono text-[13px] [overflow-wrap:anywhere]">
            {was}
            {here !== was && <span className="block text-sea">→ {here ?? 'no place here'}</span>}
          </li>
        ))}
      </ul>
    </Card>
  )
}

function Stages({ state, names }: { state: RecoverState; names: readonly RecoverData[] }) {
  return (
    <Card className="p-0">
      <ol className="divide-y divide-line">
        {state.restores.map(({ planId, stage, restore }) => {
          const name = names.find((one) => one.planId === planId)?.name ?? planId
          const done = restore?.state === 'done'
          return (
            <li key={`${planId} ${stage}`} className="grid gap-2 p-4">
              <div className="flex items-center justify-between gap-3">
                <span className="font-semibold">
                  {STAGE_NAMES[stage]} <span className="note block font-normal">of {name}</span>
                </span>
                <span className="num note flex shrink-0 items-center gap-1.5">
                  {done && <Check aria-hidden className="size-4 text-safe" />}
                  {restore === null
                    ? 'waits'
                    : `${countOf(restore.filesDone, 'file')}, ${formatBytes(restore.bytesDone)}`}
                </span>
              </div>
              {restore?.state === 'running' && (
                <ProgressBar
                  label={`${STAGE_NAMES[stage]} of ${name}`}
                  share={
                    restore.bytesTotal === null || restore.bytesTotal === 0
                      ? undefined
                      : restore.bytesDone / restore.bytesTotal
                  }
                />
              )}
              {restore?.error != null && (
                <p className="text-[14px] text-fail">
                  {restore.error.message} {restore.error.next}
                </p>
              )}
              {restore !== null && restore.skippedTotal > 0 && (
                <p className="note">{countOf(restore.skippedTotal, 'file')} left out.</p>
              )}
            </li>
          )
        })}
      </ol>
    </Card>
  )
}

/** Schedules go on when somebody says so, with the files there. */
function GoOn({ state, onDone }: { state: RecoverState; onDone: () => Promise<void> }) {
  const client = useTRPCClient()
  const resume = useMutation({
    mutationFn: (all: boolean) => client.recover.resume.mutate({ all }),
    onSuccess: onDone,
  })
  if (state.how === 'read-only')
    return (
      <Card className="grid gap-3">
        <h2>This machine only reads.</h2>
        <p className="note">
          Nothing is backed up from here until it takes over; the home screen offers that.
        </p>
        <Button asChild>
          <Link href="/">To the home screen</Link>
        </Button>
      </Card>
    )
  const locked = new Set(state.locked.flatMap(({ plans }) => plans))
  const waiting = state.waiting.filter(({ name }) => !locked.has(name))
  const missing = waiting.filter((one) => one.missing.length > 0)
  if (waiting.length === 0)
    return (
      <Button asChild size="main">
        <Link href="/">To the home screen</Link>
      </Button>
    )
  return (
    <Card className="grid gap-3">
      <h2>Backups are paused</h2>
      <p className="note">
        {missing.length === 0
          ? 'Everything is in its place: the schedules can go on where they ended.'
          : `${missing.map(({ name }) => name).join(', ')} waits for its files, so that an empty folder is not taken for the truth.`}
      </p>
      {resume.isError && <ProblemCard problem={problemOf(resume.error)} />}
      {missing.length < waiting.length && (
        <Button
          look={missing.length === 0 ? 'primary' : 'quiet'}
          disabled={resume.isPending}
          onClick={() => resume.mutate(false)}
        >
          Let the backups go on
        </Button>
      )}
    </Card>
  )
}
