'use client'

import { useQuery } from '@tanstack/react-query'
import { ArrowLeft } from 'lucide-react'
import { Link } from '#web/parts/link.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import { Channels } from './channels.tsx'
import { SentMessages } from './sent-messages.tsx'
import { ThisDevice } from './this-device.tsx'

/** Who is told when something is wrong, and how. */
export function Notifications() {
  const trpc = useTRPC()
  const me = useQuery(trpc.device.me.queryOptions())
  const channels = useQuery(trpc.know.channels.queryOptions())
  const owner = me.data?.device?.role === 'owner'
  return (
    <div className="grid gap-6 pb-6">
      <div className="pt-3 rail:pt-6">
        <Link
          href="/settings/"
          className="-ml-2 inline-flex min-h-11 items-center gap-1.5 rounded-xl px-2 text-[15px] font-semibold text-sea"
        >
          <ArrowLeft aria-hidden className="size-5" /> Settings
        </Link>
        <h1 className="mt-1">Notifications</h1>
        <p className="mt-2 max-w-prose text-soft">
          You hear when a backup fails or does not happen, again while it stays so, and once when it is right
          again.
        </p>
      </div>
      {channels.isError && <ProblemCard problem={problemOf(channels.error)} />}
      <div className="grid gap-6 side:grid-cols-2 side:items-start side:gap-8">
        <div className="grid min-w-0 gap-6">
          <ThisDevice channel={channels.data?.find(({ mine }) => mine)} />
          <Channels channels={channels.data?.filter(({ mine }) => !mine) ?? []} owner={owner} />
        </div>
        <SentMessages channels={channels.data ?? []} />
      </div>
    </div>
  )
}
