'use client'

import { formatBytes } from '@holdfast/domain'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Dialog } from '#web/parts/dialog.tsx'
import { FolderField } from '#web/parts/folder-field.tsx'
import { useNow } from '#web/parts/now.ts'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { Plan, Restore, Snapshot } from '#web/trpc/types.ts'
import { countOf } from '#web/words/locale.ts'
import { longMoment } from '#web/words/moments.ts'
import type { Tick } from './folder-browser.tsx'

type StartRestoreProps = {
  readonly plan: Plan
  readonly snapshot: Snapshot
  readonly ticks: readonly Tick[]
  readonly onClose: () => void
  readonly onStarted: (restore: Restore) => void
}

/** The last question before a restore: to which folder. */
export function StartRestore({ plan, snapshot, ticks, onClose, onStarted }: StartRestoreProps) {
  const now = useNow()
  const trpc = useTRPC()
  const client = useTRPCClient()
  const suggestions = useQuery(trpc.setup.suggestions.queryOptions(undefined, { staleTime: 60_000 }))
  const [typed, setTyped] = useState<string>()
  const targetDir = typed ?? suggestions.data?.restoreDir ?? ''
  const start = useMutation({
    mutationFn: () =>
      client.restore.start.mutate({
        planId: plan.id,
        snapshot: snapshot.id,
        paths: ticks.map((tick) => tick.path),
        targetDir,
      }),
    onSuccess: onStarted,
  })
  const problem = start.isError ? problemOf(start.error) : undefined
  const beside = problem?.fields.targetDir?.[0]
  const what =
    ticks.length === 0
      ? `Everything: ${countOf(snapshot.files, 'file')}, ${formatBytes(snapshot.bytes)}`
      : ticks.map((tick) => tick.name).join(', ')
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      title="Restore to which folder?"
      description={`From ${longMoment(snapshot.at, now)}.`}
    >
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          start.mutate()
        }}
      >
        <p className="note line-clamp-3">{what}</p>
        <FolderField
          label="Folder on this machine"
          note="It is made when it does not exist."
          value={targetDir}
          onChange={setTyped}
          problem={beside}
        />
        {problem !== undefined && beside === undefined && <ProblemCard problem={problem} />}
        <Button look="primary" size="main" type="submit" disabled={start.isPending || targetDir === ''}>
          {start.isPending ? 'Starting…' : 'Start the restore'}
        </Button>
      </form>
    </Dialog>
  )
}
