'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Dialog } from '#web/parts/dialog.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { WatchedMachine } from '#web/trpc/types.ts'
import { SilenceSelect } from './silence-select.tsx'

/** Changes how long a watched machine may be silent. */
export function MachineSilence({ machine, onClose }: { machine: WatchedMachine; onClose: () => void }) {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const [hours, setHours] = useState(machine.silentAfterHours)
  const save = useMutation({
    mutationFn: () => client.machine.setSilence.mutate({ id: machine.id, silentAfterHours: hours }),
    onSuccess: async () => {
      await queryClient.invalidateQueries(trpc.machine.list.queryFilter())
      onClose()
    },
  })
  return (
    <Dialog open onOpenChange={(open) => open || onClose()} title={`When ${machine.name} is silent`}>
      <SilenceSelect hours={hours} onChoose={setHours} />
      {save.isError && <ProblemCard problem={problemOf(save.error)} />}
      <Button
        look="primary"
        size="main"
        disabled={save.isPending || hours === machine.silentAfterHours}
        onClick={() => save.mutate()}
      >
        Save
      </Button>
    </Dialog>
  )
}
