'use client'

import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { ChevronRight, CornerLeftUp, Folder, FolderLock } from 'lucide-react'
import { useState } from 'react'
import { useTRPCClient } from '#web/trpc/client.ts'
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

/** Walks the folders of the machine that is backed up, a page at a time, and picks one. */
export function FolderPicker({ start, onClose, onPick }: FolderPickerProps) {
  const [path, setPath] = useState(start)
  const listing = useFolders(path)
  const [first] = listing.data?.pages ?? []
  const folders = listing.data?.pages.flatMap((page) => page.folders)
  const parent = first?.parent ?? undefined
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      title="Choose a folder"
      description="On the machine that is backed up."
    >
      <p className="rounded-xl bg-wash px-3 py-2.5 font-mono text-[14px] leading-snug">
        {first?.path ?? path ?? '…'}
      </p>
      {listing.isError && (
        <div className="grid gap-1" role="alert">
          <p className="font-semibold">{problemOf(listing.error).sentence}</p>
          <p className="note">{problemOf(listing.error).next}</p>
          <Button onClick={() => setPath(undefined)}>Start at the home folder</Button>
        </div>
      )}
      <ul className={cn('min-h-48', listing.isPlaceholderData && 'opacity-60')}>
        {parent !== undefined && (
          <li>
            <button type="button" className={ROW} onClick={() => setPath(parent)}>
              <CornerLeftUp aria-hidden className="size-5 shrink-0 text-soft" /> One up
            </button>
          </li>
        )}
        {folders?.map((folder) => {
          const Icon = folder.readable ? Folder : FolderLock
          return (
            // Rows that are not seen cost nothing to draw: a folder may hold very many.
            <li key={folder.path} className="[contain-intrinsic-size:auto_48px] [content-visibility:auto]">
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
        {folders?.length === 0 && <li className="note px-3 py-2">No folder inside.</li>}
        {listing.hasNextPage && (
          <li className="pt-2">
            <Button
              className="w-full"
              disabled={listing.isFetchingNextPage}
              onClick={() => void listing.fetchNextPage()}
            >
              {listing.isFetchingNextPage ? 'Looking…' : 'Show more'}
            </Button>
          </li>
        )}
      </ul>
      <div className="sticky bottom-0 bg-paper pt-1">
        <Button
          look="primary"
          size="main"
          disabled={first === undefined || listing.isPlaceholderData}
          onClick={() => first && onPick(first.path)}
        >
          Use this folder
        </Button>
      </div>
    </Dialog>
  )
}

function useFolders(path: string | undefined) {
  const client = useTRPCClient()
  return useInfiniteQuery({
    queryKey: ['folders', path ?? null],
    queryFn: ({ pageParam, signal }) =>
      client.setup.folders.query(
        { ...(path !== undefined && { path }), ...(pageParam !== undefined && { after: pageParam }) },
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => (page.cut ? page.folders.at(-1)?.name : undefined),
    placeholderData: keepPreviousData,
    staleTime: 0,
    gcTime: 60_000,
  })
}
