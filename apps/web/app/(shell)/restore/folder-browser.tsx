'use client'

import { formatBytes } from '@holdfast/domain'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { ChevronRight, File, Folder, Link2 } from 'lucide-react'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { Checkbox } from '#web/parts/checkbox.tsx'
import { cn } from '#web/parts/class-names.ts'
import { useNow } from '#web/parts/now.ts'
import { useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { Entry, Snapshot } from '#web/trpc/types.ts'
import { dayAndTime } from '#web/words/moments.ts'

/** Something chosen to be restored, by the path that the agent gave it. */
export type Tick = { readonly name: string; readonly path: string }

type FolderBrowserProps = {
  readonly planId: string
  readonly snapshot: Snapshot
  readonly ticks: readonly Tick[]
  readonly onTicks: (ticks: readonly Tick[]) => void
}

const PAGE = 200
const TOP: Tick = { name: 'All', path: '' }
const ICONS = { dir: Folder, file: File, link: Link2, other: File } as const

/** Looks through the folders of a snapshot; every file and folder can be ticked. */
export function FolderBrowser({ planId, snapshot, ticks, onTicks }: FolderBrowserProps) {
  const client = useTRPCClient()
  const [trail, setTrail] = useState<readonly Tick[]>([TOP])
  const here = trail.at(-1) ?? TOP
  const folder = useInfiniteQuery({
    queryKey: ['browse', planId, snapshot.id, here.path],
    queryFn: ({ pageParam: after }) =>
      client.snapshot.browse.query({
        planId,
        snapshot: snapshot.id,
        path: here.path,
        limit: PAGE,
        ...(after !== '' && { after }),
      }),
    initialPageParam: '',
    getNextPageParam: (page) => (page.more ? page.entries.at(-1)?.path : undefined),
    placeholderData: keepPreviousData,
    // A snapshot never changes.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 5 * 60_000,
  })
  const entries = folder.data?.pages.flatMap((page) => page.entries) ?? []
  const covered = trail.some((crumb) => ticks.some((tick) => tick.path === crumb.path))
  const toggle = (entry: Entry, on: boolean) =>
    onTicks(
      on
        ? [...ticks, { name: entry.name, path: entry.path }]
        : ticks.filter((tick) => tick.path !== entry.path),
    )

  return (
    <Card className="p-2">
      <Trail trail={trail} onGo={(depth) => setTrail(trail.slice(0, depth + 1))} />
      <ul aria-busy={folder.isFetching} className={cn(folder.isPlaceholderData && 'opacity-60')}>
        {entries.map((entry) => (
          <EntryRow
            key={entry.path}
            entry={entry}
            ticked={covered || ticks.some((tick) => tick.path === entry.path)}
            covered={covered}
            onTick={(on) => toggle(entry, on)}
            onOpen={() => setTrail([...trail, { name: entry.name, path: entry.path }])}
          />
        ))}
      </ul>
      {folder.isError && (
        <div className="grid gap-2 p-3">
          <p className="font-semibold">{problemOf(folder.error).sentence}</p>
          <p className="note">{problemOf(folder.error).next}</p>
          {trail.length > 1 && <Button onClick={() => setTrail([TOP])}>Back to the top</Button>}
        </div>
      )}
      {entries.length === 0 && !folder.isError && (
        <p className="note p-3">{folder.isPending ? 'Opening…' : 'This folder is empty.'}</p>
      )}
      {folder.hasNextPage && (
        <Button
          look="plain"
          className="w-full"
          disabled={folder.isFetchingNextPage}
          onClick={() => void folder.fetchNextPage()}
        >
          {folder.isFetchingNextPage ? 'Fetching…' : 'Show more'}
        </Button>
      )}
    </Card>
  )
}

function Trail({ trail, onGo }: { trail: readonly Tick[]; onGo: (depth: number) => void }) {
  return (
    <nav
      aria-label="Folder"
      className="mb-1 flex flex-wrap items-center border-line border-b pb-1 text-[15px]"
    >
      {trail.map((crumb, depth) => {
        const last = depth === trail.length - 1
        return (
          <span key={crumb.path} className="flex min-w-0 items-center">
            {depth > 0 && <ChevronRight aria-hidden className="size-4 shrink-0 text-soft" />}
            <button
              type="button"
              aria-current={last ? 'true' : undefined}
              onClick={() => onGo(depth)}
              className={cn(
                'min-h-11 min-w-11 rounded-lg px-2 text-left',
                last ? 'font-semibold' : 'text-sea',
              )}
            >
              {crumb.name}
            </button>
          </span>
        )
      })}
    </nav>
  )
}

type EntryRowProps = {
  readonly entry: Entry
  readonly ticked: boolean
  readonly covered: boolean
  readonly onTick: (on: boolean) => void
  readonly onOpen: () => void
}

function EntryRow({ entry, ticked, covered, onTick, onOpen }: EntryRowProps) {
  const now = useNow()
  const Icon = ICONS[entry.kind]
  const content = (
    <>
      <Icon
        aria-hidden
        className={cn('size-5 shrink-0', entry.kind === 'dir' ? 'text-sea' : 'text-soft')}
        strokeWidth={1.8}
      />
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
      className={cn(
        'flex items-center rounded-xl',
        entry.kind === 'dir' && 'hover:bg-wash/60',
        ticked && 'bg-wash',
      )}
    >
      <Checkbox
        checked={ticked}
        disabled={covered}
        onCheckedChange={(on) => onTick(on === true)}
        aria-label={`Restore ${entry.name}`}
      />
      {entry.kind === 'dir' ? (
        <button
          type="button"
          onClick={onOpen}
          className="flex min-h-13 min-w-0 grow items-center gap-3 rounded-xl py-1.5 pr-3 pl-1 text-left"
        >
          {content}
          <ChevronRight aria-hidden className="size-4 shrink-0 text-soft" />
        </button>
      ) : (
        <span className="flex min-h-13 min-w-0 grow items-center gap-3 py-1.5 pr-3 pl-1">{content}</span>
      )}
    </li>
  )
}
