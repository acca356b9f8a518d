'use client'

import { formatAge, formatBytes } from '@holdfast/domain'
import { useQuery } from '@tanstack/react-query'
import { CalendarDays, History, TriangleAlert, X } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { cn } from '#web/parts/class-names.ts'
import { Dialog } from '#web/parts/dialog.tsx'
import { Link } from '#web/parts/link.tsx'
import { useNow } from '#web/parts/now.ts'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { FoundPath, Plan, Restore, Snapshot } from '#web/trpc/types.ts'
import { countOf } from '#web/words/locale.ts'
import { longMoment } from '#web/words/moments.ts'
import { Changes } from './changes.tsx'
import { DayPicker } from './day-picker.tsx'
import { DeletedLately } from './deleted-lately.tsx'
import { DownloadButton } from './download-button.tsx'
import { FileView, type OpenFile } from './file-view.tsx'
import { FindBox } from './find-box.tsx'
import { FolderBrowser, type Tick } from './folder-browser.tsx'
import { FoundPaths } from './found-paths.tsx'
import { GoBack } from './go-back.tsx'
import { Rope } from './rope.tsx'
import { StartRestore } from './start-restore.tsx'
import { useSidePane } from './use-side-pane.ts'

type ChooseMomentProps = {
  readonly plan: Plan
  readonly planChoice: ReactNode
  readonly onStarted: (restore: Restore) => void
}

/** The rope of snapshots of one plan, what the chosen one holds, and the way to bring it back. */
export function ChooseMoment({ plan, planChoice, onStarted }: ChooseMomentProps) {
  const trpc = useTRPC()
  const now = useNow()
  // A new box is an empty one.
  const [searches, setSearches] = useState(0)
  const list = useQuery(trpc.snapshot.list.queryOptions({ planId: plan.id }, { staleTime: 60_000 }))
  const [chosenId, setChosenId] = useState<string>()
  const [ticks, setTicks] = useState<readonly Tick[]>([])
  const [folder, setFolder] = useState('')
  const [pattern, setPattern] = useState('')
  const [view, setView] = useState<View>('files')
  const [calendar, setCalendar] = useState(false)
  const [file, setFile] = useState<OpenFile>()
  const [starting, setStarting] = useState<{ snapshot: Snapshot; ticks: readonly Tick[] }>()
  const [goingBack, setGoingBack] = useState<Snapshot>()
  const sidePane = useSidePane()

  const oldestFirst = list.data?.toReversed() ?? []
  const newest = oldestFirst.length - 1
  const found = oldestFirst.findIndex((snapshot) => snapshot.id === chosenId)
  const at = found === -1 ? newest : found
  const snapshot = oldestFirst[at]
  const choose = (index: number) => {
    const next = oldestFirst[index]
    if (next === undefined || next.id === snapshot?.id) return
    setChosenId(next.id)
    // What was ticked may not exist at another moment, nor the folder.
    setTicks([])
    setFolder('')
    setFile(undefined)
  }

  if (snapshot === undefined)
    return (
      <div className="grid max-w-xl gap-4 pt-8">
        {planChoice}
        <NoSnapshot plan={plan} waiting={list.isPending} error={list.error} />
      </div>
    )

  const openFound = ({ kind, path, name, last }: FoundPath) => {
    if (kind !== 'dir') return setFile({ path, name, snapshot: last })
    choose(oldestFirst.findIndex(({ id }) => id === last))
    setFolder(path)
    setView('files')
    setPattern('')
    setSearches(searches + 1)
  }
  const fileView = file !== undefined && (
    <FileView
      planId={plan.id}
      file={file}
      onVersion={(of) => setFile({ ...file, snapshot: of })}
      onRestore={() => {
        const of = oldestFirst.find(({ id }) => id === file.snapshot)
        if (of !== undefined) setStarting({ snapshot: of, ticks: [{ name: file.name, path: file.path }] })
      }}
    />
  )
  const ofFile = oldestFirst.find(({ id }) => id === file?.snapshot)
  return (
    <div className="grid gap-x-12 gap-y-4 pb-6 side:grid-cols-[minmax(0,1fr)_minmax(340px,420px)] side:items-start">
      <div className="grid min-w-0 gap-3">
        <div className="pt-5 rail:pt-8">
          {planChoice || <p className="note mb-3 font-semibold text-ink">{plan.name}</p>}
          <SnapshotHeading snapshot={snapshot} newest={at === newest} className={planChoice ? 'mt-5' : ''} />
        </div>
        <FindBox key={searches} onFind={setPattern} />
        {pattern !== '' && <FoundPaths planId={plan.id} pattern={pattern} onOpen={openFound} />}
        <div className={pattern === '' ? 'grid min-w-0 gap-3' : 'hidden'}>
          {at === newest && (
            <DeletedLately
              planId={plan.id}
              newest={snapshot.id}
              onOpen={({ path, name, snapshot: of }) => setFile({ path, name, snapshot: of })}
            />
          )}
          <Rope snapshots={oldestFirst} selected={at} onSelect={choose} />
          <div className="flex flex-wrap items-center justify-between gap-2">
            <ViewChoice view={view} onView={setView} />
            <Button onClick={() => setCalendar(true)}>
              <CalendarDays aria-hidden className="size-5" />
              Calendar
            </Button>
          </div>
          {view === 'files' ? (
            <FolderBrowser
              planId={plan.id}
              snapshot={snapshot}
              ticks={ticks}
              onTicks={setTicks}
              folder={folder}
              onFolder={setFolder}
              onOpenFile={({ path, name }) => setFile({ path, name, snapshot: snapshot.id })}
            />
          ) : (
            <Changes
              key={snapshot.id}
              planId={plan.id}
              snapshot={snapshot}
              snapshots={oldestFirst}
              onOpen={setFile}
            />
          )}
        </div>
      </div>
      <aside
        className={cn(
          'sticky bottom-[calc(64px+env(safe-area-inset-bottom))] z-10 -mx-5 rail:bottom-0 rail:-mx-8 side:static side:mx-0 side:grid side:gap-4 side:pt-8',
          // What was found is brought back from its own sheet.
          pattern !== '' && 'hidden',
        )}
      >
        <div className="flex items-stretch gap-2 border-line border-t bg-card px-5 py-3 max-[20rem]:flex-col side:grid side:gap-3 rail:border-t-0 rail:bg-paper rail:px-8 side:rounded-card side:border side:bg-card side:p-4 side:shadow-lift">
          <div className="hidden side:block">
            <h2>Bring back</h2>
            <p className="note mt-0.5">
              {ticks.length === 0
                ? `Everything: ${countOf(snapshot.files, 'file')}, ${formatBytes(snapshot.bytes)}. Tick files and folders to bring back only those.`
                : ticks.map((tick) => tick.name).join(', ')}
            </p>
          </div>
          <Button
            look={sidePane && file !== undefined ? 'quiet' : 'primary'}
            size="main"
            className="px-3"
            onClick={() => setStarting({ snapshot, ticks })}
          >
            {ticks.length === 0 ? 'Restore everything…' : `Restore ${tickWords(ticks)}…`}
          </Button>
          {ticks.length === 0 ? (
            <Button onClick={() => setGoingBack(snapshot)} aria-label="Go back in time…">
              <History aria-hidden className="hidden size-5 rail:block" />
              <span>
                Go back <span className="hidden side:inline">in time…</span>
              </span>
            </Button>
          ) : (
            <DownloadButton
              planId={plan.id}
              snapshot={snapshot.id}
              paths={ticks.map(({ path }) => path)}
              label="Download"
            />
          )}
        </div>
        {sidePane && file !== undefined && (
          <Card aria-label={file.name} className="grid gap-2">
            <div className="flex items-start justify-between gap-2">
              <h2 className="min-w-0">{file.name}</h2>
              <Button
                look="plain"
                size="icon"
                aria-label="Close"
                className="-mt-2 -mr-2"
                onClick={() => setFile(undefined)}
              >
                <X aria-hidden className="size-5" />
              </Button>
            </div>
            {ofFile !== undefined && <p className="note num">{longMoment(ofFile.at, now)}</p>}
            {fileView}
          </Card>
        )}
      </aside>
      {!sidePane && file !== undefined && starting === undefined && (
        <Dialog
          open
          onOpenChange={(open) => open || setFile(undefined)}
          title={file.name}
          {...(ofFile !== undefined && { description: `As it was ${longMoment(ofFile.at, now)}.` })}
        >
          {fileView}
        </Dialog>
      )}
      {calendar && (
        <DayPicker
          snapshots={oldestFirst}
          selected={at}
          onSelect={choose}
          onClose={() => setCalendar(false)}
        />
      )}
      {goingBack !== undefined && (
        <GoBack
          plan={plan}
          snapshot={goingBack}
          onClose={() => setGoingBack(undefined)}
          onStarted={onStarted}
        />
      )}
      {starting !== undefined && (
        <StartRestore
          plan={plan}
          snapshot={starting.snapshot}
          ticks={starting.ticks}
          onClose={() => setStarting(undefined)}
          onStarted={onStarted}
        />
      )}
    </div>
  )
}

const VIEWS = { files: 'Files', changes: 'Changes' } as const
type View = keyof typeof VIEWS

function ViewChoice({ view, onView }: { view: View; onView: (view: View) => void }) {
  return (
    <fieldset className="flex gap-1">
      <legend className="sr-only">Show</legend>
      {(['files', 'changes'] as const).map((one) => (
        <Button
          key={one}
          aria-pressed={one === view}
          className={one === view ? 'border-sea bg-wash' : ''}
          onClick={() => onView(one)}
        >
          {VIEWS[one]}
        </Button>
      ))}
    </fieldset>
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
