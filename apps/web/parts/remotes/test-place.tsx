'use client'

import { formatBytes } from '@holdfast/domain'
import { useMutation } from '@tanstack/react-query'
import { CircleAlert, CircleCheck, CircleX, FlaskConical } from 'lucide-react'
import { useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { RemoteTest } from '#web/trpc/types.ts'
import { Button } from '../button.tsx'
import { Card } from '../card.tsx'
import { cn } from '../class-names.ts'
import { ProblemCard } from '../problem-card.tsx'

/** Tries whether a vault could live in a folder of a remote, and says what was found. */
export function TestPlace({ remote, path }: { remote: string; path: string }) {
  const client = useTRPCClient()
  const place = `${remote}:${path}`
  const test = useMutation({
    mutationFn: async () => ({ place, result: await client.remote.test.mutate({ remote, path }) }),
  })
  return (
    <div className="grid gap-3">
      <Button className="bg-card" disabled={test.isPending} onClick={() => test.mutate()}>
        <FlaskConical aria-hidden className="size-5" />
        {test.isPending ? 'Writing, reading, deleting…' : 'Test this place'}
      </Button>
      {test.isError && <ProblemCard problem={problemOf(test.error)} />}
      {test.data?.place === place && <Findings result={test.data.result} />}
    </div>
  )
}

const MARKS = {
  ok: { Icon: CircleCheck, colour: 'text-safe', word: 'Fine' },
  warning: { Icon: CircleAlert, colour: 'text-risk', word: 'Note' },
  failed: { Icon: CircleX, colour: 'text-fail', word: 'Failed' },
} as const

function Findings({ result }: { result: RemoteTest }) {
  return (
    <Card className="grid gap-3" aria-live="polite">
      <h3 className="font-semibold">
        {result.ok ? 'A vault can live here.' : 'A vault can’t live here as it is.'}
      </h3>
      <ul className="grid gap-1.5">
        {result.findings.map(({ check, state, text }) => {
          const { Icon, colour, word } = MARKS[state]
          return (
            <li key={check} className="flex items-start gap-2 text-[15px] leading-snug">
              <Icon aria-hidden className={cn('mt-0.5 size-4.5 shrink-0', colour)} />
              <span>
                <span className="sr-only">{word}: </span>
                {text}
              </span>
            </li>
          )
        })}
        {result.left.map((key) => (
          <li key={key} className="note">
            Could not be removed: <span className="font-mono text-[13px]">{key}</span>
          </li>
        ))}
      </ul>
      <dl className="note num grid grid-cols-[auto_1fr] gap-x-6 gap-y-1 empty:hidden">
        {figuresOf(result).map(([name, value]) => (
          <div key={name} className="contents">
            <dt>{name}</dt>
            <dd className="text-right text-ink">{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}

function figuresOf({ roundTripMs, bytesPerSecond, space }: RemoteTest): (readonly [string, string])[] {
  const free = space?.free ?? null
  const total = space?.total ?? null
  return [
    ...(roundTripMs === null
      ? []
      : [['Time to answer', `${Math.max(1, Math.round(roundTripMs))} ms`] as const]),
    ...(bytesPerSecond === null
      ? []
      : [['Speed of writing', `${formatBytes(bytesPerSecond)} a second`] as const]),
    ...(free === null
      ? []
      : [
          [
            'Free there',
            total === null ? formatBytes(free) : `${formatBytes(free)} of ${formatBytes(total)}`,
          ] as const,
        ]),
  ]
}
