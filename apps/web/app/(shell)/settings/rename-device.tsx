'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Dialog } from '#web/parts/dialog.tsx'
import { TextField } from '#web/parts/field.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { PairedDevice } from '#web/trpc/types.ts'

/** Another name for a device, in the list and in the audit trail from then on. */
export function RenameDevice({ device, onClose }: { device: PairedDevice; onClose: () => void }) {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const [name, setName] = useState(device.name)
  const rename = useMutation({
    mutationFn: () => client.device.rename.mutate({ id: device.id, name: name.trim() }),
    onSuccess: async () => {
      await queryClient.invalidateQueries(trpc.device.pathFilter())
      onClose()
    },
  })
  const problem = rename.isError ? problemOf(rename.error) : undefined
  const beside = problem?.fields.name?.[0]
  return (
    <Dialog open keepOpen onOpenChange={(open) => open || onClose()} title={`Rename ${device.name}`}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          rename.mutate()
        }}
      >
        <TextField
          label="Name"
          value={name}
          onChange={(event) => setName(event.target.value)}
          maxLength={60}
          required
          problem={beside}
        />
        {problem !== undefined && beside === undefined && <ProblemCard problem={problem} />}
        <Button
          look="primary"
          size="main"
          type="submit"
          disabled={rename.isPending || name.trim() === '' || name.trim() === device.name}
        >
          Save the name
        </Button>
      </form>
    </Dialog>
  )
}
