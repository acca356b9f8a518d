'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { CircleCheck, CircleX, FileText, Send } from 'lucide-react'
import { Button } from '#web/parts/button.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { ChannelInfo } from '#web/trpc/types.ts'

/** Sends a test or a report, and shows what the other side really said. */
export function TestChannel({ channel }: { channel: ChannelInfo }) {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const test = useMutation({
    mutationFn: (what: 'test' | 'report') =>
      what === 'test'
        ? client.know.test.mutate({ id: channel.id })
        : client.know.sendReport.mutate({
            id: channel.id,
            period: channel.reports.weekly ? 'week' : 'month',
          }),
    onSettled: () => queryClient.invalidateQueries(trpc.know.pathFilter()),
  })
  const taken = test.data?.kind === 'sent'
  return (
    <>
      <Button
        disabled={test.isPending}
        onClick={() => test.mutate('test')}
        aria-label={`Send a test to ${channel.name}`}
      >
        <Send aria-hidden className="size-4.5" />{' '}
        {test.isPending && test.variables === 'test' ? 'Sending…' : 'Send a test'}
      </Button>
      {channel.kinds.includes('digest') && (
        <Button
          disabled={test.isPending}
          onClick={() => test.mutate('report')}
          aria-label={`Send the report to ${channel.name} now`}
        >
          <FileText aria-hidden className="size-4.5" />{' '}
          {test.isPending && test.variables === 'report' ? 'Sending…' : 'Send the report now'}
        </Button>
      )}
      {test.isError && <ProblemCard className="order-last w-full" problem={problemOf(test.error)} />}
      {test.data !== undefined && (
        <p role="status" className="order-last flex w-full items-start gap-2 text-[15px]">
          {taken ? (
            <CircleCheck aria-hidden className="mt-0.5 size-5 shrink-0 text-safe" />
          ) : (
            <CircleX aria-hidden className="mt-0.5 size-5 shrink-0 text-fail" />
          )}
          <span className="min-w-0">
            {taken ? 'It was taken. ' : 'It was not taken. '}
            <span className="text-soft">The other side said: {test.data.answer}</span>
          </span>
        </p>
      )}
    </>
  )
}
