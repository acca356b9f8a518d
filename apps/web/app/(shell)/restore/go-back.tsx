'use client'

import { formatBytes } from '@holdfast/domain'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type LucideIcon, Minus, Plus, RefreshCw } from 'lucide-react'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { cn } from '#web/parts/class-names.ts'
import { Dialog } from '#web/parts/dialog.tsx'
import { useNow } from '#web/parts/now.ts'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { Switch } from '#web/parts/switch.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { Plan, Restore, RewindPreview, Snapshot } from '#web/trpc/types.ts'
import { countOf } from '#web/words/locale.ts'
import { longMoment } from '#web/words/moments.ts'

type GoBackProps = {
  readonly plan: Plan
  readonly snapshot: Snapshot
  readonly onClose: () => void
  readonly onStarted: (restore: Restore) => void
}

/** The last question before a whole plan goes back in its own place: what that brings, replaces and removes. */
export function GoBack({ plan, snapshot, onClose, onStarted }: GoBackProps) {
  const now = useNow()
  const trpc = useTRPC()
  const client = useTRPCClient()
  const [aside, setAside] = useState(true)
  const moment = { planId: plan.id, snapshot: snapshot.id }
  const preview = useQuery(trpc.restore.previewRewind.queryOptions(moment, { gcTime: 0, retry: false }))
  const start = useMutation({
    mutationFn: () => client.restore.rewind.mutate({ ...moment, aside }),
    onSuccess: onStarted,
  })
  const nothing = preview.data !== undefined && isNothing(preview.data)
  return (
    <Dialog
      open
      keepOpen
      onOpenChange={(open) => open || onClose()}
      title={`Take ${plan.name} back?`}
      description={`To what it was ${longMoment(snapshot.at, now)}, in its own place.`}
    >
      {preview.isPending && <p className="text-soft">Comparing with the files as they are now…</p>}
      {preview.isError && <ProblemCard problem={problemOf(preview.error)} />}
      {preview.data !== undefined && <Preview preview={preview.data} />}
      {preview.data !== undefined && !nothing && (
        <>
          <div className="flex items-center justify-between gap-3">
            <div>
              <p className="font-semibold">Keep what is removed or replaced</p>
              <p className="note">In a folder beside, until you delete it.</p>
            </div>
            <Switch
              checked={aside}
              onCheckedChange={setAside}
              aria-label="Keep what is removed or replaced"
            />
          </div>
          <p className="note">
            First the plan is backed up as it is now, so you can come back. What its rules leave out is not
            touched.
          </p>
          {start.isError && <ProblemCard problem={problemOf(start.error)} />}
          <Button look="primary" size="main" disabled={start.isPending} onClick={() => start.mutate()}>
            {start.isPending ? 'Starting…' : 'Back up now, then go back'}
          </Button>
        </>
      )}
      {nothing && <Button onClick={onClose}>Close</Button>}
    </Dialog>
  )
}

function Preview({ preview }: { preview: RewindPreview }) {
  if (isNothing(preview)) return <p>Nothing to do: the files are as they were then.</p>
  return (
    <>
      <ul className="grid gap-1">
        <Line Icon={Plus} colour="text-safe" words={['comes back', 'come back']} counted={preview.added} />
        <Line
          Icon={RefreshCw}
          colour="text-sea"
          words={['is replaced', 'are replaced']}
          counted={preview.changed}
        />
        <Line
          Icon={Minus}
          colour="text-fail"
          words={['is removed', 'are removed']}
          counted={preview.removed}
        />
      </ul>
      {preview.untouched.length > 0 && (
        <p className="note">
          {preview.untouched.join(', ')}: only the plan or only this snapshot has it, so it stays as it is.
        </p>
      )}
      <details className="group">
        <summary className="flex min-h-11 cursor-pointer items-center font-semibold text-sea">
          Show examples
        </summary>
        <ul className="grid gap-1.5">
          {preview.examples.map(({ path, change }) => (
            <li key={`${change} ${path}`} className="flex gap-2 text-[15px] leading-snug">
              <span className="w-20 shrink-0 text-soft">{WORDS[change]}</span>
              <span className="min-w-0 [overflow-wrap:anywhere]">{path}</span>
            </li>
          ))}
        </ul>
      </details>
    </>
  )
}

const WORDS = { added: 'back', changed: 'replaced', removed: 'removed' } as const

function Line(props: {
  readonly Icon: LucideIcon
  readonly colour: string
  readonly words: readonly [one: string, many: string]
  readonly counted: RewindPreview['added']
}) {
  const { Icon, colour, words, counted } = props
  if (counted.entries === 0) return null
  return (
    <li className="flex min-h-9 items-center gap-3">
      <Icon aria-hidden className={cn('size-5 shrink-0', colour)} strokeWidth={2.2} />
      <span className="num grow">
        <span className="font-semibold">{countOf(counted.entries, 'item')}</span>{' '}
        {counted.entries === 1 ? words[0] : words[1]}
      </span>
      <span className="num text-soft">{formatBytes(counted.bytes)}</span>
    </li>
  )
}

function isNothing({ added, changed, removed }: RewindPreview): boolean {
  return added.entries + changed.entries + removed.entries === 0
}
