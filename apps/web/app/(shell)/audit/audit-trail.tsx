'use client'

import { keepPreviousData, useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { ArrowLeft, Download } from 'lucide-react'
import { useDeferredValue, useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { cn } from '#web/parts/class-names.ts'
import { Select, TextField } from '#web/parts/field.tsx'
import { Link } from '#web/parts/link.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import { ACT_GROUPS } from '#web/words/audit-words.ts'
import { AuditCheckCard } from './audit-check.tsx'
import { AuditEntryRow } from './audit-entry.tsx'
import { dayRange } from './day-range.ts'

const PAGE = 50
const ACTORS = [
  { kind: 'device', name: 'Devices' },
  { kind: 'cli', name: 'The command line' },
  { kind: 'schedule', name: 'Schedules' },
  { kind: 'agent', name: 'Holdfast itself' },
] as const

/** Who did what, newest first; and whether anybody rewrote it. */
export function AuditTrail() {
  const client = useTRPCClient()
  const [act, setAct] = useState('')
  const [actor, setActor] = useState('')
  const [search, setSearch] = useState('')
  const [from, setFrom] = useState('')
  const [to, setTo] = useState('')
  const text = useDeferredValue(search).trim()
  const filter: Filter = {
    ...(act && { act }),
    ...(actor && { actor }),
    ...(text && { text }),
    ...dayRange(from, to),
  }
  const trail = useInfiniteQuery({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam, signal }) =>
      client.audit.list.query(
        { ...filter, limit: PAGE, ...(pageParam > 0 && { before: pageParam }) },
        { signal },
      ),
    initialPageParam: 0,
    getNextPageParam: (page) => (page.length < PAGE ? undefined : page.at(-1)?.seq),
    placeholderData: keepPreviousData,
  })
  const entries = trail.data?.pages.flat() ?? []
  const filtered = Object.keys(filter).length > 0
  return (
    <div className="grid gap-6 pb-6">
      <div className="pt-3 rail:pt-6">
        <Link
          href="/settings/"
          className="-ml-2 inline-flex min-h-11 items-center gap-1.5 rounded-xl px-2 text-[15px] font-semibold text-sea"
        >
          <ArrowLeft aria-hidden className="size-5" /> Settings
        </Link>
        <h1 className="mt-1">Audit trail</h1>
        <p className="mt-2 max-w-prose text-soft">
          Who did what on this machine, and when. Entries are only ever added, and every snapshot carries the
          seal of those before it.
        </p>
      </div>
      <div className="grid gap-6 side:grid-cols-[minmax(0,1fr)_340px] side:items-start side:gap-8">
        <div className="grid min-w-0 gap-4 side:order-2">
          <AuditCheckCard />
          <Card className="grid gap-4">
            <TextField
              label="Search"
              type="search"
              placeholder="A name, a path, an address"
              value={search}
              maxLength={200}
              onChange={(event) => setSearch(event.target.value)}
            />
            <div className="grid grid-cols-2 gap-3 max-[20rem]:grid-cols-1 side:grid-cols-1 side:gap-4">
              <Select label="About" value={act} onChange={(event) => setAct(event.target.value)}>
                <option value="">Everything</option>
                {ACT_GROUPS.map(({ prefix, name }) => (
                  <option key={prefix} value={prefix}>
                    {name}
                  </option>
                ))}
              </Select>
              <Select label="By" value={actor} onChange={(event) => setActor(event.target.value)}>
                <option value="">Anybody</option>
                {ACTORS.map(({ kind, name }) => (
                  <option key={kind} value={kind}>
                    {name}
                  </option>
                ))}
              </Select>
              {/* A date and its calendar need the width of a phone. */}
              <div className="col-span-2 grid gap-3 max-[20rem]:col-span-1 side:col-span-1 side:gap-4">
                <TextField
                  label="From"
                  type="date"
                  value={from}
                  max={to}
                  onChange={(event) => setFrom(event.target.value)}
                />
                <TextField
                  label="To"
                  type="date"
                  value={to}
                  min={from}
                  onChange={(event) => setTo(event.target.value)}
                />
              </div>
            </div>
          </Card>
        </div>
        <div className="grid min-w-0 gap-3">
          {trail.isError && <ProblemCard problem={problemOf(trail.error)} />}
          {trail.isPending && <p className="note px-1">Fetching…</p>}
          {trail.isSuccess && entries.length === 0 && (
            <Card>
              <p className="font-semibold">{filtered ? 'No entry fits.' : 'Nothing was done yet.'}</p>
              <p className="note mt-1">
                {filtered
                  ? 'Take a word out of the search, choose Everything and Anybody, or other days.'
                  : 'What people and the command line do stands here: plans made and changed, runs started by hand, restores, devices.'}
              </p>
            </Card>
          )}
          {entries.length > 0 && (
            <Card className="px-2 py-1">
              <ul
                aria-label="Entries"
                aria-busy={trail.isFetching}
                className={cn('divide-y divide-line', trail.isPlaceholderData && 'opacity-60')}
              >
                {entries.map((entry) => (
                  <AuditEntryRow key={entry.seq} entry={entry} />
                ))}
              </ul>
            </Card>
          )}
          {trail.hasNextPage && (
            <Button disabled={trail.isFetchingNextPage} onClick={() => void trail.fetchNextPage()}>
              {trail.isFetchingNextPage ? 'Fetching…' : 'Show more'}
            </Button>
          )}
          {entries.length > 0 && <ExportButtons filter={filter} filtered={filtered} />}
        </div>
      </div>
    </div>
  )
}

type Filter = {
  readonly act?: string
  readonly actor?: string
  readonly text?: string
  readonly since?: string
  readonly until?: string
}

/** Saves what the filter shows as a file. */
function ExportButtons({ filter, filtered }: { filter: Filter; filtered: boolean }) {
  const client = useTRPCClient()
  const save = useMutation({
    mutationFn: (format: 'csv' | 'json') => client.audit.export.mutate({ ...filter, format }),
    onSuccess: ({ url, name }) => {
      const link = document.createElement('a')
      link.href = url
      link.download = name
      link.click()
    },
  })
  return (
    <div className="grid gap-2 rail:flex rail:flex-wrap rail:items-center rail:gap-3">
      <div className="flex flex-wrap gap-2">
        {(['csv', 'json'] as const).map((format) => (
          <Button
            key={format}
            className="grow"
            aria-label={`Save as ${format.toUpperCase()}`}
            disabled={save.isPending}
            onClick={() => save.mutate(format)}
          >
            <Download aria-hidden className="size-5" />
            {format.toUpperCase()}
          </Button>
        ))}
      </div>
      <p className="caption">{filtered ? 'Saves the entries that fit.' : 'Saves all entries.'}</p>
      {save.isError && <ProblemCard problem={problemOf(save.error)} />}
    </div>
  )
}
