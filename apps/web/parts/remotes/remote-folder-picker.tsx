'use client'

import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query'
import { ChevronRight, CornerLeftUp, Folder, FolderPlus } from 'lucide-react'
import { useState } from 'react'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import { Button } from '../button.tsx'
import { cn } from '../class-names.ts'
import { Dialog } from '../dialog.tsx'
import { TextField } from '../field.tsx'
import { ProblemCard } from '../problem-card.tsx'

type RemoteFolderPickerProps = {
  readonly remote: string
  readonly onClose: () => void
  readonly onPick: (path: string) => void
}

const ROW = 'flex min-h-12 w-full items-center gap-3 rounded-xl px-3 py-1.5 text-left hover:bg-wash'

/** Walks the folders of a remote, makes new ones, and picks one. */
export function RemoteFolderPicker({ remote, onClose, onPick }: RemoteFolderPickerProps) {
  const trpc = useTRPC()
  const [path, setPath] = useState('')
  const listing = useQuery(
    trpc.remote.folders.queryOptions(
      { remote, path },
      { placeholderData: keepPreviousData, staleTime: 0, gcTime: 60_000 },
    ),
  )
  const { data } = listing
  const parent = data?.parent
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      title="Choose a folder"
      description={`On the remote ${remote}.`}
    >
      <p className="rounded-xl bg-wash px-3 py-2.5 font-mono text-[14px] leading-snug">
        {remote}:{path}
      </p>
      {listing.isError && <ProblemCard problem={problemOf(listing.error)} />}
      {listing.isPending && <p className="note px-3">Looking…</p>}
      <ul className={cn('min-h-40', listing.isPlaceholderData && 'opacity-60')}>
        {typeof parent === 'string' && (
          <li>
            <button type="button" className={ROW} onClick={() => setPath(parent)}>
              <CornerLeftUp aria-hidden className="size-5 shrink-0 text-soft" /> One up
            </button>
          </li>
        )}
        {data?.folders.map((folder) => (
          <li key={folder.path}>
            <button type="button" className={ROW} onClick={() => setPath(folder.path)}>
              <Folder aria-hidden className="size-5 shrink-0 text-sea" strokeWidth={1.8} />
              <span className="min-w-0 grow leading-snug">{folder.name}</span>
              <ChevronRight aria-hidden className="size-4 shrink-0 text-soft" />
            </button>
          </li>
        ))}
        {data?.folders.length === 0 && <li className="note px-3 py-2">No folder inside.</li>}
        {data?.cut === true && <li className="note px-3 py-2">There are more. Type the path instead.</li>}
      </ul>
      <NewFolder remote={remote} path={path} onMade={setPath} />
      <div className="sticky bottom-0 bg-paper pt-1">
        <Button look="primary" size="main" disabled={data === undefined} onClick={() => onPick(path)}>
          Use this folder
        </Button>
      </div>
    </Dialog>
  )
}

function NewFolder(props: { remote: string; path: string; onMade: (path: string) => void }) {
  const { remote, path } = props
  const client = useTRPCClient()
  const [name, setName] = useState<string>()
  const full = path === '' ? (name ?? '').trim() : `${path}/${(name ?? '').trim()}`
  const make = useMutation({
    mutationFn: () => client.remote.makeFolder.mutate({ remote, path: full }),
    onSuccess: () => {
      setName(undefined)
      props.onMade(full)
    },
  })
  if (name === undefined)
    return (
      <Button className="bg-card" onClick={() => setName('')}>
        <FolderPlus aria-hidden className="size-5" /> New folder
      </Button>
    )
  const isName = name.trim() !== '' && !/[/\0]/.test(name) && !/^\.\.?$/.test(name.trim())
  return (
    <form
      className="grid gap-2"
      onSubmit={(event) => {
        event.preventDefault()
        event.stopPropagation()
        if (isName) make.mutate()
      }}
    >
      <TextField
        label="Name of the new folder"
        autoFocus
        autoCapitalize="none"
        autoComplete="off"
        value={name}
        problem={
          make.isError
            ? problemOf(make.error).sentence
            : name === '' || isName
              ? undefined
              : 'A name without slashes, please.'
        }
        onChange={(event) => {
          setName(event.target.value)
          make.reset()
        }}
        end={
          <Button type="submit" className="min-h-13 bg-card" disabled={!isName || make.isPending}>
            {make.isPending ? 'Making…' : 'Make'}
          </Button>
        }
      />
    </form>
  )
}
