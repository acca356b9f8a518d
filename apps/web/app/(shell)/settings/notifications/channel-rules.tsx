'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Dialog } from '#web/parts/dialog.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { ChannelInfo } from '#web/trpc/types.ts'
import { type Rules, RulesFields, rulesOf } from './rules-fields.tsx'

/** What a channel is told, and when it is quiet. */
export function ChannelRules({ channel, onClose }: { channel: ChannelInfo; onClose: () => void }) {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const [rules, setRules] = useState<Rules>(() => rulesOf(channel))
  const save = useMutation({
    mutationFn: () => client.know.rules.mutate({ id: channel.id, ...rules }),
    onSuccess: async () => {
      await queryClient.invalidateQueries(trpc.know.pathFilter())
      onClose()
    },
  })
  return (
    <Dialog open onOpenChange={(open) => open || onClose()} title={channel.name}>
      <RulesFields rules={rules} onChange={setRules} />
      {save.isError && <ProblemCard problem={problemOf(save.error)} />}
      <Button look="primary" size="main" disabled={save.isPending} onClick={() => save.mutate()}>
        {save.isPending ? 'Saving…' : 'Save'}
      </Button>
    </Dialog>
  )
}
