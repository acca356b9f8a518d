'use client'

import { useQuery } from '@tanstack/react-query'
import { Ban, Check, ChevronRight, LoaderCircle, TriangleAlert, X } from 'lucide-react'
import { Card } from '#web/parts/card.tsx'
import { cn } from '#web/parts/class-names.ts'
import { Link } from '#web/parts/link.tsx'
import { useNow } from '#web/parts/now.ts'
import { useTRPC } from '#web/trpc/client.ts'
import type { Restore } from '#web/trpc/types.ts'
import { countOf } from '#web/words/locale.ts'
import { dayAndTime } from '#web/words/moments.ts'

const SHOWN = 8

/** The last restores of this machine; each leads to what became of it. Nothing while there was none. */
export function PastRestores() {
  const trpc = useTRPC()
  const restores = useQuery(trpc.restore.list.queryOptions({ limit: SHOWN }, { refetchOnMount: 'always' }))
  if (restores.data === undefined || restores.data.length === 0) return null
  return (
    <section aria-labelledby="past-restores" className="max-w-2xl pb-6">
      <h2 id="past-restores" className="mb-2">
        Earlier restores
      </h2>
      <Card className="p-2">
        <ul>
          {restores.data.map((restore) => (
            <PastRestore key={restore.id} restore={restore} />
          ))}
        </ul>
      </Card>
    </section>
  )
}

const MARKS = {
  running: { Icon: LoaderCircle, colour: 'text-sea', word: 'Going on' },
  done: { Icon: Check, colour: 'text-safe', word: 'Done' },
  part: { Icon: TriangleAlert, colour: 'text-risk', word: 'Done in part' },
  failed: { Icon: X, colour: 'text-fail', word: 'Failed' },
  cancelled: { Icon: Ban, colour: 'text-unknown', word: 'Stopped' },
} as const

function PastRestore({ restore }: { restore: Restore }) {
  const now = useNow()
  const part = restore.state === 'done' && restore.skippedTotal > 0
  const { Icon, colour, word } = MARKS[part ? 'part' : restore.state]
  return (
    <li>
      <Link
        href={`/restore/?restore=${restore.id}`}
        className="flex min-h-13 items-center gap-3 rounded-xl px-2 py-1.5 hover:bg-wash/60"
      >
        <Icon aria-hidden className={cn('size-5 shrink-0', colour)} strokeWidth={2.2} />
        <span className="min-w-0 grow">
          <span className="block leading-snug [overflow-wrap:anywhere]">
            {restore.rewind === null ? restore.targetDir : `${restore.planId}, in its own place`}
          </span>
          <span className="caption num block">
            {word} · {countOf(restore.filesDone, 'file')} · {dayAndTime(restore.startedAt, now)}
          </span>
        </span>
        <ChevronRight aria-hidden className="size-4 shrink-0 text-soft" />
      </Link>
    </li>
  )
}
