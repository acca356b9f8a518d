'use client'

import { formatBytes } from '@holdfast/domain'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { cn } from '#web/parts/class-names.ts'
import { Select } from '#web/parts/field.tsx'
import { useNow } from '#web/parts/now.ts'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { DiffRow, Snapshot } from '#web/trpc/types.ts'
import { countOf } from '#web/words/locale.ts'
import { longMoment } from '#web/words/moments.ts'
import { EntryIcon } from './entry-words.tsx'
import type { OpenFile } from './file-view.tsx'
import { FolderTrail } from './folder-trail.tsx'

type ChangesProps = {
  readonly planId: string
  readonly snapshot: Snapshot
  /** Oldest first; those of the same machine and plan can be compared with. */
  readonly snapshots: readonly Snapshot[]
  readonly onOpen: (file: OpenFile) => void
}

/** What a snapshot has more, less and other than another one, folder by folder. */
export function Changes({ planId, snapshot, snapshots, onOpen }: ChangesProps) {
  const client = useTRPCClient()
  const now = useNow()
  const [folder, setFolder] = useState('')
  const [chosen, setChosen] = useState<string>()
  const others = snapshots.filter(
    ({ id, machine, plan }) => id !== snapshot.id && machine === snapshot.machine && plan === snapshot.plan,
  )
  const before = others.filter(({ at }) => at < snapshot.at).at(-1) ?? others[0]
  const other = others.find(({ id }) => id === chosen) ?? before
  const [from, to] = other !== undefined && other.at > snapshot.at ? [snapshot, other] : [other, snapshot]
  const diff = useInfiniteQuery({
    queryKey: ['diff', planId, from?.id, to.id, folder],
    enabled: from !== undefined,
    queryFn: ({ pageParam, signal }) =>
      client.find.diff.query(
        {
          ...{ planId, from: from?.id ?? '', to: to.id, path: folder },
          ...(pageParam !== '' && { after: pageParam }),
        },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.after ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 5 * 60_000,
  })
  if (other === undefined || from === undefined)
    return <p className="note px-1">There is no other snapshot of this plan to compare with yet.</p>
  const rows = diff.data?.pages.flatMap((page) => page.rows) ?? []
  const counts = diff.data?.pages[0]?.counts
  return (
    <>
      <Select
        label="Compared with"
        value={other.id}
        onChange={(event) => {
          setChosen(event.target.value)
          setFolder('')
        }}
      >
        {others.toReversed().map(({ id, at }) => (
          <option key={id} value={id}>
            {longMoment(at, now)}
          </option>
        ))}
      </Select>
      <Card className="p-2">
        <FolderTrail path={folder} onGo={setFolder} />
        {diff.isError && <ProblemCard problem={problemOf(diff.error)} />}
        {counts !== undefined && <p className="note num px-3 py-1">{sumWords(counts)}</p>}
        {diff.isPending && <p className="note p-3">Comparing…</p>}
        <ul aria-busy={diff.isFetching} className={cn(diff.isPlaceholderData && 'opacity-60')}>
          {rows.map((row) => (
            <li key={row.path}>
              <button
                type="button"
                onClick={() => {
                  if (row.kind === 'dir') setFolder(row.path)
                  else
                    onOpen({
                      ...{ path: row.path, name: row.name },
                      snapshot: row.change === 'removed' ? from.id : to.id,
                    })
                }}
                className="flex min-h-13 w-full items-center gap-3 rounded-xl px-3 py-1.5 text-left hover:bg-wash/60"
              >
                <EntryIcon kind={row.kind} />
                <span className="min-w-0 grow">
                  <span className="block leading-snug">{row.name}</span>
                  <span className="caption num block">{rowWords(row)}</span>
                </span>
                {row.kind === 'dir' && <ChevronRight aria-hidden className="size-4 shrink-0 text-soft" />}
              </button>
            </li>
          ))}
        </ul>
        {diff.hasNextPage && (
          <Button
            look="plain"
            className="w-full"
            disabled={diff.isFetchingNextPage}
            onClick={() => void diff.fetchNextPage()}
          >
            {diff.isFetchingNextPage ? 'Fetching…' : 'Show more'}
          </Button>
        )}
      </Card>
    </>
  )
}

const WORDS = { added: 'added', removed: 'removed', changed: 'changed' } as const

function sumWords(counts: DiffRow['counts']): string {
  const parts = (['added', 'removed', 'changed'] as const).flatMap((change) =>
    counts[change].entries === 0
      ? []
      : [
          `${countOf(counts[change].entries, 'item')} ${WORDS[change]} (${formatBytes(counts[change].bytes)})`,
        ],
  )
  if (parts.length > 0) return parts.join(' · ')
  return counts.attributes.entries === 0 ? 'No difference.' : 'Only times, modes or owners differ.'
}

function rowWords(row: DiffRow): string {
  if (row.kind === 'dir') return sumWords(row.counts)
  if (row.change === 'attributes') return 'only its time, mode or owner changed'
  const sizes = [row.sizeBefore, row.sizeAfter].flatMap((size) => (size === null ? [] : [formatBytes(size)]))
  return [row.change, sizes.join(' → ')].filter((part) => part !== '').join(' · ')
}
