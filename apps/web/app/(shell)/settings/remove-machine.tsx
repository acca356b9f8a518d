'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Button } from '#web/parts/button.tsx'
import { Dialog } from '#web/parts/dialog.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { WatchedMachine } from '#web/trpc/types.ts'

/** Asks whether a machine is to be watched no more. */
export function RemoveMachine({ machine, onClose }: { machine: WatchedMachine; onClose: () => void }) {
  const { name, id } = machine
  const trpc = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const remove = useMutation({
    mutationFn: () => client.machine.remove.mutate({ id }),
    onSuccess: async () => {
      await queryClient.invalidateQueries(trpc.machine.list.queryFilter())
      onClose()
    },
  })
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      title={`Watch ${name} no more?`}
      description={`It leaves the home screen, and nobody is told when it is silent. Its backups go on. There, this machine stays in the list of paired devices until somebody removes it.`}
    >
      {remove.isError && <ProblemCard problem={problemOf(remove.error)} />}
      <Button look="danger" size="main" disabled={remove.isPending} onClick={() => remove.mutate()}>
        {remove.isPending ? 'Removing…' : 'Watch it no more'}
      </Button>
      <Button size="main" onClick={onClose}>
        Keep it
      </Button>
    </Dialog>
  )
}
