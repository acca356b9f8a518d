'use client'

import { logWithHeard } from '@holdfast/domain'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { cn } from '#web/parts/class-names.ts'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { heardKey } from '#web/trpc/live.tsx'
import { problemOf } from '#web/trpc/problem.ts'
import type { LogLine } from '#web/trpc/types.ts'
import { countOf, formatCount } from '#web/words/locale.ts'
import { timeWithSeconds } from '#web/words/moments.ts'

/** How many lines come unasked, and more than any run has. */
const FETCHED = 500
const WHOLE = 6000

const FILTERS = [
  { name: 'All', levels: ['debug', 'info', 'warn', 'error'] },
  { name: 'Steps', levels: ['info', 'warn', 'error'] },
  { name: 'Warnings', levels: ['warn', 'error'] },
  { name: 'Errors', levels: ['error'] },
] as const satisfies readonly { name: string; levels: readonly LogLine['level'][] }[]

const COLOURS: Readonly<Record<LogLine['level'], string>> = {
  debug: 'text-soft',
  info: 'text-ink',
  warn: 'text-risk',
  error: 'text-fail',
}

/**
 * The log of a run, newest line in sight while nobody scrolled away, filtered by level. What was open stays open: it
 * does not fold under the eyes of who reads it when the run ends.
 */
export function RunLog({ id, open }: { id: string; open: boolean }) {
  const trpc = useTRPC()
  const [wasOpen] = useState(open)
  const [filter, setFilter] = useState<(typeof FILTERS)[number]>(FILTERS[1])
  const log = useQuery(trpc.run.log.queryOptions({ id }))
  const { data: heard } = useQuery<LogLine[]>({ queryKey: heardKey(id), enabled: false, initialData: [] })
  const known = useMemo(() => log.data && logWithHeard(log.data, heard), [log.data, heard])
  const [search, setSearch] = useState('')
  const whole = useWholeLog(id)
  const levels: readonly string[] = filter.levels
  const wanted = search.trim().toLowerCase()
  const lines =
    known?.filter((line) => levels.includes(line.level) && line.text.toLowerCase().includes(wanted)) ?? []
  const mayBeCut = log.data !== undefined && log.data.length >= FETCHED && !whole.isSuccess
  return (
    <Card>
      <details open={open || wasOpen}>
        <summary className="-m-4 flex min-h-13 items-center justify-between gap-3 rounded-card p-4">
          <span className="font-semibold">Log</span>
          <span className="caption num">{known === undefined ? '' : countOf(known.length, 'line')}</span>
        </summary>
        <fieldset className="mt-4 flex max-w-md flex-wrap gap-1.5">
          <legend className="sr-only">Which lines</legend>
          {FILTERS.map((option) => (
            <button
              key={option.name}
              type="button"
              aria-pressed={option === filter}
              onClick={() => setFilter(option)}
              className={cn(
                'min-h-11 grow whitespace-nowrap rounded-xl border-[1.5px] border-line px-2 text-[13px] font-semibold text-soft hover:border-edge',
                option === filter && 'border-sea bg-wash text-sea hover:border-sea',
              )}
            >
              {option.name}
            </button>
          ))}
        </fieldset>
        <input
          type="search"
          aria-label="Search the log"
          placeholder="Search the log"
          value={search}
          maxLength={200}
          onChange={(event) => setSearch(event.target.value)}
          className="mt-3 min-h-11 w-full min-w-0 rounded-control border-[1.5px] border-edge bg-card px-3.5 text-[16px] text-ink placeholder:text-soft"
        />
        {mayBeCut && (
          <p className="note mt-3">
            The newest {formatCount(known?.length ?? 0)} lines.{' '}
            <button
              type="button"
              disabled={whole.isPending}
              onClick={() => whole.mutate()}
              className="min-h-11 font-semibold text-sea"
            >
              {whole.isPending ? 'Fetching…' : 'Fetch the whole log'}
            </button>
          </p>
        )}
        <Lines lines={lines} waiting={log.isPending} />
        <div className="mt-3">
          <Button
            disabled={whole.isPending || log.data === undefined || log.data.length === 0}
            onClick={() => whole.mutate(undefined, { onSuccess: (all) => saveLog(id, all) })}
          >
            <Download aria-hidden className="size-5" /> Save the whole log
          </Button>
        </div>
        {whole.isError && <ProblemCard className="mt-3" problem={problemOf(whole.error)} />}
      </details>
    </Card>
  )
}

/** Asks for every line that is kept of the run; the list then shows them all. */
function useWholeLog(id: string) {
  const client = useTRPCClient()
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: () => client.run.log.query({ id, limit: WHOLE }),
    onSuccess: (all) => queryClient.setQueryData(trpc.run.log.queryKey({ id }), all),
  })
}

function saveLog(id: string, lines: readonly LogLine[]): void {
  const text = lines.map(({ at, level, text: said }) => `${at} ${level.padEnd(5)} ${said}\n`).join('')
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  const link = document.createElement('a')
  link.href = url
  link.download = `holdfast-run-${id}.log`
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

function Lines({ lines, waiting }: { lines: readonly LogLine[]; waiting: boolean }) {
  const box = useRef<HTMLDivElement>(null)
  const follow = useRef(true)
  useEffect(() => {
    if (follow.current && lines.length > 0) box.current?.scrollTo({ top: box.current.scrollHeight })
  }, [lines.length])
  if (lines.length === 0) return <p className="note mt-3">{waiting ? 'Fetching…' : 'No such line.'}</p>
  return (
    <div
      ref={box}
      role="log"
      aria-live="off"
      aria-label="Log lines"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
      tabIndex={0}
      onScroll={({ currentTarget: at }) => {
        follow.current = at.scrollHeight - at.scrollTop - at.clientHeight < 24
      }}
      className="mt-3 max-h-80 overflow-y-auto rounded-lg font-mono text-[13px] leading-[1.55]"
    >
      {lines.map((line, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no id and are only added at the end.
        <p key={`${line.at}-${i}`} className={cn('flex gap-3', COLOURS[line.level])}>
          <time dateTime={line.at} className="num shrink-0 text-soft">
            {timeWithSeconds(line.at)}
          </time>
          <span className="min-w-0">
            {(line.level === 'warn' || line.level === 'error') && (
              <b className="font-semibold">{line.level} </b>
            )}
            {line.text}
          </span>
        </p>
      ))}
    </div>
  )
}
