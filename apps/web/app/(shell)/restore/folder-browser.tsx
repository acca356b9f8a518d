'use client'

import { formatBytes } from '@holdfast/domain'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { ChevronRight } from 'lucide-react'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { Checkbox } from '#web/parts/checkbox.tsx'
import { cn } from '#web/parts/class-names.ts'
import { useNow } from '#web/parts/now.ts'
import { useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { Entry, Snapshot } from '#web/trpc/types.ts'
import { dayAndTime } from '#web/words/moments.ts'
import { EntryIcon } from './entry-words.tsx'
import { FolderTrail } from './folder-trail.tsx'

/** Something chosen to be restored, by the path that the agent gave it. */
export type Tick = { readonly name: string; readonly path: string }

type FolderBrowserProps = {
  readonly planId: string
  readonly snapshot: Snapshot
  readonly ticks: readonly Tick[]
  readonly onTicks: (ticks: readonly Tick[]) => void
  /** The folder that is shown; empty for the top. */
  readonly folder: string
  readonly onFolder: (path: string) => void
  readonly onOpenFile: (entry: Entry) => void
}

const PAGE = 500
/** So many rows before the end of what is there, the next page is fetched. */
const AHEAD = 60
const ROW_PX = 56

/**
 * Looks through the folders of a snapshot; every file and folder can be ticked. A folder of any size comes page by page
 * as it is scrolled, and only the rows in sight are in the page.
 */
export function FolderBrowser(props: FolderBrowserProps) {
  const { planId, snapshot, ticks, onTicks, folder: path, onFolder, onOpenFile } = props
  const client = useTRPCClient()
  const folder = useInfiniteQuery({
    queryKey: ['browse', planId, snapshot.id, path],
    queryFn: ({ pageParam: after, signal }) =>
      client.snapshot.browse.query(
        { planId, snapshot: snapshot.id, path, limit: PAGE, ...(after !== '' && { after }) },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (page) => (page.more ? page.entries.at(-1)?.path : undefined),
    placeholderData: keepPreviousData,
    // A snapshot never changes.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 5 * 60_000,
  })
  const entries = folder.data?.pages.flatMap((page) => page.entries) ?? []
  const covered = ticks.some((tick) => path === tick.path || path.startsWith(`${tick.path}/`))
  const toggle = (entry: Entry, on: boolean) =>
    onTicks(
      on
        ? [...ticks, { name: entry.name, path: entry.path }]
        : ticks.filter((tick) => tick.path !== entry.path),
    )

  const list = useRef<HTMLUListElement>(null)
  const [above, setAbove] = useState(0)
  // What stands above the list may grow or go at any time.
  useLayoutEffect(() => setAbove(topOf(list.current)))
  const rows = useWindowVirtualizer({
    count: entries.length,
    estimateSize: () => ROW_PX,
    overscan: 12,
    scrollMargin: above,
    getItemKey: (index) => entries[index]?.path ?? index,
  })
  const shown = rows.getVirtualItems()
  const nearEnd = (shown.at(-1)?.index ?? 0) >= entries.length - AHEAD
  const { hasNextPage, isFetchingNextPage, isError, fetchNextPage } = folder
  useEffect(() => {
    if (nearEnd && hasNextPage && !isFetchingNextPage && !isError) void fetchNextPage()
  }, [nearEnd, hasNextPage, isFetchingNextPage, isError, fetchNextPage])

  return (
    <Card className="p-2">
      <FolderTrail path={path} onGo={onFolder} />
      <ul
        ref={list}
        aria-busy={folder.isFetching}
        className={cn('relative', folder.isPlaceholderData && 'opacity-60')}
        style={{ height: rows.getTotalSize() }}
      >
        {shown.map((row) => {
          const entry = entries[row.index]
          return entry === undefined ? null : (
            <EntryRow
              key={entry.path}
              measure={rows.measureElement}
              index={row.index}
              count={folder.hasNextPage ? -1 : entries.length}
              top={row.start - above}
              entry={entry}
              ticked={covered || ticks.some((tick) => tick.path === entry.path)}
              covered={covered}
              onTick={(on) => toggle(entry, on)}
              onOpen={() => (entry.kind === 'dir' ? onFolder(entry.path) : onOpenFile(entry))}
            />
          )
        })}
      </ul>
      {folder.isError && (
        <div className="grid gap-2 p-3">
          <p className="font-semibold">{problemOf(folder.error).sentence}</p>
          <p className="note">{problemOf(folder.error).next}</p>
          {path !== '' && <Button onClick={() => onFolder('')}>Back to the top</Button>}
        </div>
      )}
      {entries.length === 0 && !folder.isError && (
        <p className="note p-3">{folder.isPending ? 'Opening…' : 'This folder is empty.'}</p>
      )}
      {folder.isFetchingNextPage && <p className="note p-3">Fetching more…</p>}
    </Card>
  )
}

function topOf(element: HTMLElement | null): number {
  return element === null ? 0 : Math.round(element.getBoundingClientRect().top + window.scrollY)
}

type EntryRowProps = {
  readonly measure: (element: HTMLElement | null) => void
  readonly index: number
  /** Of all entries in the folder, -1 while that is not known. */
  readonly count: number
  /** Pixels from the top of the list. */
  readonly top: number
  readonly entry: Entry
  readonly ticked: boolean
  readonly covered: boolean
  readonly onTick: (on: boolean) => void
  readonly onOpen: () => void
}

function EntryRow(props: EntryRowProps) {
  const { entry, ticked, covered, onTick, onOpen } = props
  const now = useNow()
  const content = (
    <>
      <EntryIcon kind={entry.kind} />
      <span className="min-w-0 grow">
        <span className="block leading-snug">{entry.name}</span>
        {entry.kind === 'file' && (
          <span className="caption num block">
            {formatBytes(entry.size)} · {dayAndTime(entry.modifiedAt, now)}
          </span>
        )}
        {entry.kind === 'link' && <span className="caption block">link</span>}
      </span>
    </>
  )
  return (
    <li
      ref={props.measure}
      data-index={props.index}
      aria-setsize={props.count}
      aria-posinset={props.index + 1}
      style={{ transform: `translateY(${props.top}px)` }}
      className={cn(
        'absolute inset-x-0 top-0 flex items-center rounded-xl',
        entry.kind !== 'other' && 'hover:bg-wash/60',
        ticked && 'bg-wash',
      )}
    >
      <Checkbox
        checked={ticked}
        disabled={covered}
        onCheckedChange={(on) => onTick(on === true)}
        aria-label={`Restore ${entry.name}`}
      />
      {entry.kind === 'dir' || entry.kind === 'file' ? (
        <button
          type="button"
          onClick={onOpen}
          className="flex min-h-13 min-w-0 grow items-center gap-3 rounded-xl py-1.5 pr-3 pl-1 text-left"
        >
          {content}
          {entry.kind === 'dir' && <ChevronRight aria-hidden className="size-4 shrink-0 text-soft" />}
        </button>
      ) : (
        <span className="flex min-h-13 min-w-0 grow items-center gap-3 py-1.5 pr-3 pl-1">{content}</span>
      )}
    </li>
  )
}
