'use client'

import { useQuery } from '@tanstack/react-query'
import { ArrowRight, Bell } from 'lucide-react'
import { Card } from '#web/parts/card.tsx'
import { Link } from '#web/parts/link.tsx'
import { useTRPC } from '#web/trpc/client.ts'

/** Says whether anybody is told, and leads there. */
export function NotifyLink() {
  const trpc = useTRPC()
  const channels = useQuery(trpc.know.channels.queryOptions())
  const on = channels.data?.filter(({ enabled }) => enabled) ?? []
  return (
    <Card className="p-0">
      <Link
        href="/settings/notifications/"
        className="flex min-h-16 items-center gap-3 rounded-card p-4 hover:bg-wash"
      >
        <Bell aria-hidden className="size-6 shrink-0 text-sea" strokeWidth={1.7} />
        <span className="min-w-0 grow">
          <span className="block font-semibold leading-snug">Notifications</span>
          <span className="caption block">
            {channels.data === undefined
              ? '…'
              : on.length === 0
                ? 'Nobody is told yet'
                : on.map(({ name }) => name).join(', ')}
          </span>
        </span>
        <ArrowRight aria-hidden className="size-5 shrink-0 text-soft" />
      </Link>
    </Card>
  )
}
