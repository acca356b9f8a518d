'use client'

import { formatPlace, isSamePlace } from '@holdfast/domain'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Plus, RefreshCw, Trash2, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { Dialog } from '#web/parts/dialog.tsx'
import { Moment } from '#web/parts/moment.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { ProgressBar } from '#web/parts/progress-bar.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { CopyStatus, Plan } from '#web/trpc/types.ts'
import { copyHolds, copyingWords, copyShare } from '#web/words/copy-words.ts'
import { AddCopy } from './add-copy.tsx'

/** Where else the plan's vault is kept, how old each copy is, and one more. */
export function SecondCopies({ plan, copies }: { plan: Plan; copies: readonly CopyStatus[] }) {
  const [adding, setAdding] = useState(false)
  return (
    <Card className="grid gap-4">
      <div>
        <h2>Second copies</h2>
        <p className="note mt-0.5">
          {copies.length === 0
            ? 'One place can burn. Holdfast can keep the whole vault at a second one too, and copies what is new after each run. The same passphrase opens it.'
            : 'Each is a whole vault of its own: the same passphrase opens it, without the first.'}
        </p>
      </div>
      {copies.length > 0 && (
        <ul className="divide-y divide-line">
          {copies.map((copy) => (
            <OneCopy key={formatPlace(copy.place)} plan={plan} copy={copy} />
          ))}
        </ul>
      )}
      {copies.length < 4 && (
        <Button onClick={() => setAdding(true)}>
          <Plus aria-hidden className="size-5" /> Add a second copy
        </Button>
      )}
      {adding && <AddCopy plan={plan} onClose={() => setAdding(false)} />}
    </Card>
  )
}

function OneCopy({ plan, copy }: { plan: Plan; copy: CopyStatus }) {
  const client = useTRPCClient()
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const [asking, setAsking] = useState(false)
  const onSuccess = () => queryClient.invalidateQueries(trpc.home.queryFilter())
  const copyNow = useMutation({
    mutationFn: () => client.plan.copyNow.mutate({ id: plan.id, place: copy.place }),
    onSuccess,
  })
  const remove = useMutation({
    mutationFn: () => {
      const copies = plan.options.copies.filter((place) => !isSamePlace(place, copy.place))
      return client.plan.update.mutate({ id: plan.id, change: { options: { ...plan.options, copies } } })
    },
    onSuccess,
  })
  const name = formatPlace(copy.place)
  const problem = copy.record?.problem
  return (
    <li className="grid gap-2 py-3 first:pt-0 last:pb-0">
      <div className="min-w-0">
        <p className="font-semibold [overflow-wrap:anywhere]">{name}</p>
        <p className="note num">
          {copy.record?.completeAt != null && (
            <>
              Copied <Moment at={copy.record.completeAt} />:{' '}
            </>
          )}
          {copyHolds(copy)}
        </p>
      </div>
      {copy.running !== undefined && (
        <div className="grid gap-1.5">
          <ProgressBar share={copyShare(copy)} label={`Copy to ${name}`} />
          <p className="note num">{copyingWords(copy)}</p>
        </div>
      )}
      {problem != null && copy.running === undefined && (
        <div className="flex gap-2.5 rounded-xl bg-risk/12 p-3">
          <TriangleAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-risk" />
          <div className="min-w-0 [overflow-wrap:anywhere]">
            <p className="font-semibold">{problem.message}</p>
            <p className="note mt-0.5">{problem.next} The snapshots in the vault itself are safe.</p>
          </div>
        </div>
      )}
      {copyNow.isError && <ProblemCard problem={problemOf(copyNow.error)} />}
      <div className="flex flex-wrap gap-2">
        <Button
          disabled={copy.running !== undefined || copyNow.isPending}
          onClick={() => copyNow.mutate()}
          aria-label={`Copy now to ${name}`}
        >
          <RefreshCw aria-hidden className="size-5" /> Copy now
        </Button>
        <Button look="danger" onClick={() => setAsking(true)} aria-label={`Remove the copy at ${name}`}>
          <Trash2 aria-hidden className="size-5" /> Remove
        </Button>
      </div>
      {asking && (
        <Dialog
          open
          onOpenChange={setAsking}
          title="Copy there no more?"
          description={`Nothing at ${name} is deleted: it stays a vault that can be restored from, as of today.`}
        >
          {remove.isError && <ProblemCard problem={problemOf(remove.error)} />}
          <Button look="danger" size="main" disabled={remove.isPending} onClick={() => remove.mutate()}>
            Copy there no more
          </Button>
          <Button size="main" onClick={() => setAsking(false)}>
            Keep copying
          </Button>
        </Dialog>
      )}
    </li>
  )
}
