'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button } from '#web/parts/button.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { WaitingDevice } from '#web/trpc/types.ts'
import { ROLE_WORDS } from '#web/words/role-words.ts'

/** Devices that came with a code and wait for an owner; nothing while none does. */
export function WaitingDevices() {
  const trpc = useTRPC()
  const waiting = useQuery({ ...trpc.device.waiting.queryOptions(), refetchInterval: 2000 })
  return (
    <ul className="my-3 grid gap-3 empty:hidden" aria-live="polite">
      {waiting.data?.map((device) => (
        <LetIn key={device.id} device={device} />
      ))}
    </ul>
  )
}

function LetIn({ device }: { device: WaitingDevice }) {
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const answer = useMutation({
    mutationFn: (yes: boolean) =>
      yes
        ? client.device.approve.mutate({ id: device.id, role: device.role })
        : client.device.deny.mutate({ id: device.id }),
    onSettled: () => queryClient.invalidateQueries(),
  })
  return (
    <li className="grid gap-3 rounded-2xl border border-line bg-wash p-4">
      <p className="font-semibold">
        {device.name} asks to be let in. It may then {ROLE_WORDS[device.role]}.
      </p>
      <p>
        Does its screen show{' '}
        <span className="num whitespace-nowrap font-mono font-semibold text-[22px] tracking-[0.12em]">
          {device.number}
        </span>
        ? Turn it down if not: then it is another device.
      </p>
      {answer.isError && <ProblemCard problem={problemOf(answer.error)} />}
      <div className="flex flex-wrap gap-2">
        <Button look="primary" disabled={answer.isPending} onClick={() => answer.mutate(true)}>
          Let {device.name} in
        </Button>
        <Button look="danger" disabled={answer.isPending} onClick={() => answer.mutate(false)}>
          Turn down
        </Button>
      </div>
    </li>
  )
}
