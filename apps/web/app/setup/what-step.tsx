'use client'

import { FolderPlus } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useId, useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { Checkbox } from '#web/parts/checkbox.tsx'
import { FieldProblem, TextField } from '#web/parts/field.tsx'
import type { StepProps } from './setup.tsx'

const FolderPicker = dynamic(
  () => import('#web/parts/folder-picker.tsx').then((module) => module.FolderPicker),
  {
    ssr: false,
  },
)

/** Which folders must not be lost. */
export function WhatStep({ draft, change, problems }: StepProps) {
  const [picking, setPicking] = useState(false)
  const tick = (path: string, ticked: boolean) =>
    change({ folders: draft.folders.map((folder) => (folder.path === path ? { path, ticked } : folder)) })
  const add = (path: string) => {
    setPicking(false)
    if (draft.folders.some((folder) => folder.path === path)) tick(path, true)
    else change({ folders: [...draft.folders, { path, ticked: true }] })
  }
  return (
    <>
      <div>
        <h1>What should be safe?</h1>
        <p className="mt-2 text-soft">
          Found on this machine. Untick what you don’t need; add what is missing.
        </p>
      </div>
      <fieldset className="grid gap-2.5">
        <legend className="sr-only">Folders</legend>
        {draft.folders.map(({ path, ticked }) => (
          <FolderRow key={path} path={path} ticked={ticked} onTick={(on) => tick(path, on)} />
        ))}
        <Button size="main" className="bg-card" onClick={() => setPicking(true)}>
          <FolderPlus aria-hidden className="size-5" /> Add a folder
        </Button>
        {problems.sources !== undefined && <FieldProblem text={problems.sources} />}
      </fieldset>
      <TextField
        label="Name of this plan"
        note="How it stands on the home screen and in messages."
        value={draft.name}
        maxLength={80}
        onChange={(event) => change({ name: event.target.value })}
        problem={problems.name}
      />
      {picking && <FolderPicker onClose={() => setPicking(false)} onPick={add} />}
    </>
  )
}

function FolderRow({
  path,
  ticked,
  onTick,
}: {
  path: string
  ticked: boolean
  onTick: (on: boolean) => void
}) {
  const id = useId()
  const name = path.split('/').filter(Boolean).at(-1) ?? path
  return (
    <Card className="flex items-center gap-1 p-1.5">
      <Checkbox id={id} checked={ticked} onCheckedChange={(on) => onTick(on === true)} />
      <label htmlFor={id} className="grid min-h-13 min-w-0 grow cursor-pointer content-center pr-3">
        <span className="font-semibold leading-snug">{name}</span>
        <span className="note font-mono text-[13px]">{path}</span>
      </label>
    </Card>
  )
}
