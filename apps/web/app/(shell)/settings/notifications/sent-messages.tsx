'use client'

import { useQuery } from '@tanstack/react-query'
import { CircleCheck, CircleX, Clock3 } from 'lucide-react'
import { Card } from '#web/parts/card.tsx'
import { useNow } from '#web/parts/now.ts'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { ChannelInfo, DeliveryInfo } from '#web/trpc/types.ts'
import { dayAndTime } from '#web/words/moments.ts'

const SHOWN = 15
const LOOKS = {
  sent: { Icon: CircleCheck, color: 'text-safe', word: 'taken' },
  waiting: { Icon: Clock3, color: 'text-risk', word: 'waits' },
  'given-up': { Icon: CircleX, color: 'text-fail', word: 'not taken' },
} as const

/** The last messages, and what came of each. */
export function SentMessages({ channels }: { channels: readonly ChannelInfo[] }) {
  const trpc = useTRPC()
  const now = useNow()
  const sent = useQuery(trpc.know.deliveries.queryOptions({ limit: SHOWN }))
  const names = new Map(channels.map(({ id, name }) => [id, name]))
  return (
    <Card>
      <h2>Last messages</h2>
      {sent.isError && <ProblemCard className="mt-3" problem={problemOf(sent.error)} />}
      {sent.data?.length === 0 && (
        <p className="note mt-1">
          None yet. When something is wrong, what was sent and who took it stands here.
        </p>
      )}
      <ul className="mt-2 divide-y divide-line">
        {sent.data?.map((delivery) => {
          const { Icon, color, word } = LOOKS[delivery.state]
          return (
            <li key={delivery.seq} className="flex gap-3 py-2.5">
              <Icon aria-hidden className={`mt-0.5 size-5 shrink-0 ${color}`} />
              <div className="min-w-0">
                <p className="font-medium leading-snug">{delivery.title}</p>
                <p className="caption num">
                  {names.get(delivery.channelId) ?? 'a channel that is gone'},{' '}
                  {dayAndTime(new Date(delivery.at), now)}, {word}
                  {answerOf(delivery)}
                </p>
              </div>
            </li>
          )
        })}
      </ul>
    </Card>
  )
}

function answerOf({ state, answer, attempts }: DeliveryInfo): string {
  if (state === 'sent' || answer === null) return ''
  return ` after ${attempts} ${attempts === 1 ? 'try' : 'tries'}: ${answer}`
}
