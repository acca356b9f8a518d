'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { CircleCheck, CircleX, Send } from 'lucide-react'
import { Button } from '#web/parts/button.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { ChannelInfo } from '#web/trpc/types.ts'

/** Sends a test, and shows what the other side really said. */
export function TestChannel({ channel }: { channel: ChannelInfo }) {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const test = useMutation({
    mutationFn: () => client.know.test.mutate({ id: channel.id }),
    onSettled: () => queryClient.invalidateQueries(trpc.know.pathFilter()),
  })
  const taken = test.data?.kind === 'sent'
  return (
    <>
      <Button
        disabled={test.isPending}
        onClick={() => test.mutate()}
        aria-label={`Send a test to ${channel.name}`}
      >
        <Send aria-hidden className="size-4.5" /> {test.isPending ? 'Sending…' : 'Send a test'}
      </Button>
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
