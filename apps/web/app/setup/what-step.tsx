'use client'

import { formatBytes } from '@holdfast/domain'
import { useQuery } from '@tanstack/react-query'
import { FolderPlus, Telescope } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useEffect, useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { FieldProblem, TextField } from '#web/parts/field.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { ProgressBar } from '#web/parts/progress-bar.tsx'
import { useTRPC } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import { countOf } from '#web/words/locale.ts'
import { ExcludeEditor } from './exclude-editor.tsx'
import { FolderRows, PresetGroups } from './preset-groups.tsx'
import type { StepProps } from './steps.tsx'
import { useCounting, useExcludePreview } from './use-counting.ts'
import { chosenTotal, type What, type WhatAction } from './what.ts'

const FolderPicker = dynamic(
  () => import('#web/parts/folder-picker.tsx').then((module) => module.FolderPicker),
  { ssr: false },
)

/** What must not be lost: what is usual and there, folders of one's own, and what to leave out of them. */
export function WhatStep({
  draft: { what, name },
  change,
  problems,
  act,
}: StepProps & { act: (action: WhatAction) => void }) {
  const [picking, setPicking] = useState(false)
  const [editing, setEditing] = useState(what.rules.length > 0)
  const trpc = useTRPC()
  const found = useQuery(trpc.source.presets.queryOptions(undefined, { staleTime: 0 }))
  useEffect(() => {
    if (found.data !== undefined) act({ type: 'found', presets: found.data })
  }, [found.data, act])
  useCounting(what, act)
  useExcludePreview(what, act, editing)
  const empty = what.presets?.length === 0 && what.folders.length === 0
  return (
    <>
      <div>
        <h1>What should be safe?</h1>
        <p className="mt-2 text-soft">
          {empty
            ? 'Choose the folders that must not be lost.'
            : 'Found on this machine. Untick what you don’t need; add what is missing.'}
        </p>
      </div>
      {what.presets === undefined && !found.isError && (
        <Card className="grid gap-3">
          <p role="status">Looking what there is…</p>
          <ProgressBar share={undefined} label="Looking what there is" />
        </Card>
      )}
      {found.isError && <ProblemCard problem={problemOf(found.error)} />}
      {empty && <NothingFound />}
      <PresetGroups what={what} act={act} />
      <fieldset className="grid min-w-0 gap-2.5">
        <legend className="sr-only">Your own folders</legend>
        <FolderRows what={what} act={act} />
        <Button size="main" className="bg-card" onClick={() => setPicking(true)}>
          <FolderPlus aria-hidden className="size-5" /> Add a folder
        </Button>
      </fieldset>
      <ExcludeEditor
        what={what}
        act={act}
        problems={problems}
        open={editing}
        onOpen={(open) => setEditing(open)}
      />
      <TextField
        label="Name of this plan"
        note="How it stands on the home screen and in messages."
        value={name}
        maxLength={80}
        onChange={(event) => change({ name: event.target.value })}
        problem={problems.name}
      />
      {picking && (
        <FolderPicker
          onClose={() => setPicking(false)}
          onPick={(path) => {
            setPicking(false)
            act({ type: 'add-folder', path })
          }}
        />
      )}
    </>
  )
}

function NothingFound() {
  return (
    <Card className="flex gap-3">
      <Telescope aria-hidden className="mt-0.5 size-6 shrink-0 text-sea" strokeWidth={1.8} />
      <div>
        <h2>None of the usual places is here.</h2>
        <p className="note mt-1">
          That is fine on a new account or a server. Think of what you could not make again: documents,
          photos, keys, the data of a service, and how it was set up. Add the folders they are in.
        </p>
      </div>
    </Card>
  )
}

/** What a first backup would hold, and what is wrong with the choice as a whole. */
export function TotalLine({ what, problem }: { what: What; problem: string | undefined }) {
  const total = chosenTotal(what)
  return (
    <div className="grid gap-1.5 empty:hidden">
      {total !== undefined && (
        <p className="num flex items-baseline justify-between gap-x-4">
          <span className="font-semibold">{total.done ? 'To keep' : 'To keep, so far'}</span>
          <span>
            <span className="text-soft">{countOf(total.files, 'file')}</span>{' '}
            <b className="ml-2 text-[20px] font-[650] tracking-tight">{formatBytes(total.bytes)}</b>
          </span>
        </p>
      )}
      {problem !== undefined && (
        <div role="alert">
          <FieldProblem text={problem} />
        </div>
      )}
    </div>
  )
}
