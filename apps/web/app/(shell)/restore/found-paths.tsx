'use client'

import { formatBytes } from '@holdfast/domain'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Trash2 } from 'lucide-react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { useNow } from '#web/parts/now.ts'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { FoundPath } from '#web/trpc/types.ts'
import { countOf } from '#web/words/locale.ts'
import { dayAndTime } from '#web/words/moments.ts'
import { EntryIcon, folderWords } from './entry-words.tsx'

type FoundPathsProps = {
  readonly planId: string
  readonly pattern: string
  readonly onOpen: (found: FoundPath) => void
}

/** Everything in any snapshot that has this name, one row a file. */
export function FoundPaths({ planId, pattern, onOpen }: FoundPathsProps) {
  const client = useTRPCClient()
  const now = useNow()
  const search = useInfiniteQuery({
    queryKey: ['find', planId, pattern],
    queryFn: ({ pageParam, signal }) =>
      client.find.search.query(
        { planId, pattern, limit: 50, ...(pageParam !== '' && { after: pageParam }) },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.after ?? undefined,
    gcTime: 60_000,
  })
  const found = search.data?.pages.flatMap((page) => page.found) ?? []
  const unreadable = search.data?.pages.some((page) => page.unreadable > 0) ?? false
  if (search.isError) return <ProblemCard problem={problemOf(search.error)} />
  return (
    <Card className="p-2">
      <p role="status" className="note px-3 py-2">
        {search.isPending
          ? 'Looking through every snapshot…'
          : found.length === 0
            ? `No snapshot holds a name with “${pattern}”. Try fewer letters, or * for any: IMG*.jpg`
            : `${search.hasNextPage ? 'The first ' : ''}${countOf(found.length, 'name')} in every snapshot`}
      </p>
      <ul>
        {found.map((one) => (
          <li key={JSON.stringify([one.path, one.machine, one.plan])}>
            <button
              type="button"
              onClick={() => onOpen(one)}
              className="flex min-h-13 w-full items-center gap-3 rounded-xl px-3 py-2 text-left hover:bg-wash/60"
            >
              <EntryIcon kind={one.kind} />
              <span className="min-w-0 grow">
                <span className="block leading-snug">{one.name}</span>
                <span className="caption block">{folderWords(one.path)}</span>
                <span className="caption num block">
                  {one.kind === 'file' && `${formatBytes(one.size)} · `}
                  {countOf(one.count, 'snapshot')}, last {dayAndTime(one.lastAt, now)}
                </span>
              </span>
              {one.gone && <GoneMark />}
            </button>
          </li>
        ))}
      </ul>
      {unreadable && (
        <p className="note px-3 py-2">
          A part of the snapshots’ lists is damaged; names in it may be missing. A check of the vault tells
          more.
        </p>
      )}
      {search.hasNextPage && (
        <Button
          look="plain"
          className="w-full"
          disabled={search.isFetchingNextPage}
          onClick={() => void search.fetchNextPage()}
        >
          {search.isFetchingNextPage ? 'Fetching…' : 'Show more'}
        </Button>
      )}
    </Card>
  )
}

function GoneMark() {
  return (
    <span className="flex shrink-0 items-center gap-1 text-[13px] font-semibold text-risk">
      <Trash2 aria-hidden className="size-4" />
      Deleted
    </span>
  )
}
