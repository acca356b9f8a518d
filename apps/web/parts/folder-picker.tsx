'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ChevronRight, CornerLeftUp, Folder, FolderLock } from 'lucide-react'
import { useState } from 'react'
import { useTRPC } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import { Button } from './button.tsx'
import { cn } from './class-names.ts'
import { Dialog } from './dialog.tsx'

type FolderPickerProps = {
  readonly start?: string | undefined
  readonly onClose: () => void
  readonly onPick: (path: string) => void
}

const ROW =
  'flex min-h-12 w-full items-center gap-3 rounded-xl px-3 py-1.5 text-left hover:bg-wash disabled:opacity-55'

/** Walks the folders of the machine that is backed up, and picks one. */
export function FolderPicker({ start, onClose, onPick }: FolderPickerProps) {
  const trpc = useTRPC()
  const [path, setPath] = useState(start)
  const listing = useQuery(
    trpc.setup.folders.queryOptions(path === undefined ? {} : { path }, {
      placeholderData: keepPreviousData,
      staleTime: 0,
      gcTime: 60_000,
    }),
  )
  const { data } = listing
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      title="Choose a folder"
      description="On the machine that is backed up."
    >
      <p className="rounded-xl bg-wash px-3 py-2.5 font-mono text-[14px] leading-snug">
        {data?.path ?? path ?? '…'}
      </p>
      {listing.isError && (
        <div className="grid gap-1" role="alert">
          <p className="font-semibold">{problemOf(listing.error).sentence}</p>
          <p className="note">{problemOf(listing.error).next}</p>
          <Button onClick={() => setPath(undefined)}>Start at the home folder</Button>
        </div>
      )}
      <ul className={cn('min-h-48', listing.isPlaceholderData && 'opacity-60')}>
        {data?.parent !== null && data?.parent !== undefined && (
          <li>
            <button type="button" className={ROW} onClick={() => setPath(data.parent ?? undefined)}>
              <CornerLeftUp aria-hidden className="size-5 shrink-0 text-soft" /> One up
            </button>
          </li>
        )}
        {data?.folders.map((folder) => {
          const Icon = folder.readable ? Folder : FolderLock
          return (
            <li key={folder.path}>
              <button
                type="button"
                disabled={!folder.readable}
                className={ROW}
                onClick={() => setPath(folder.path)}
              >
                <Icon aria-hidden className="size-5 shrink-0 text-sea" strokeWidth={1.8} />
                <span className="min-w-0 grow leading-snug">
                  {folder.name}
                  {!folder.readable && <span className="caption block">may not be read</span>}
                </span>
                {folder.readable && <ChevronRight aria-hidden className="size-4 shrink-0 text-soft" />}
              </button>
            </li>
          )
        })}
        {data?.folders.length === 0 && <li className="note px-3 py-2">No folder inside.</li>}
        {data?.cut === true && <li className="note px-3 py-2">There are more. Type the path instead.</li>}
      </ul>
      <div className="sticky bottom-0 bg-paper pt-1">
        <Button
          look="primary"
          size="main"
          disabled={data === undefined}
          onClick={() => data && onPick(data.path)}
        >
          Use this folder
        </Button>
      </div>
    </Dialog>
  )
}
