'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { KeyRound } from 'lucide-react'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Dialog } from '#web/parts/dialog.tsx'
import { TextField } from '#web/parts/field.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'

/** The PIN by which the person at this device confirms that it is them. */
export function PinOfThisDevice() {
  const trpc = useTRPC()
  const state = useQuery(trpc.device.stepUp.queryOptions())
  const [choosing, setChoosing] = useState(false)
  if (state.data === undefined) return null
  const { hasPin } = state.data
  return (
    <div className="mt-3 flex flex-wrap items-center gap-x-3 gap-y-2 border-line border-t pt-4">
      <KeyRound aria-hidden className="size-6 shrink-0 text-sea" strokeWidth={1.7} />
      <div className="min-w-0 grow basis-52">
        <p className="font-semibold leading-snug">PIN of this device</p>
        <p className="caption">
          {hasPin
            ? 'Asked for before what deletes, reveals, lets in or overwrites.'
            : 'None yet: before what deletes, reveals, lets in or overwrites, a code of the machine is asked for.'}
        </p>
      </div>
      <Button className="ml-auto" onClick={() => setChoosing(true)}>
        {hasPin ? 'Change the PIN' : 'Choose a PIN'}
      </Button>
      {choosing && <ChoosePin onClose={() => setChoosing(false)} />}
    </div>
  )
}

function ChoosePin({ onClose }: { onClose: () => void }) {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const [pin, setPin] = useState('')
  const [again, setAgain] = useState('')
  const [differ, setDiffer] = useState(false)
  const save = useMutation({
    mutationFn: () => client.device.setPin.mutate({ pin }),
    onSuccess: async () => {
      await queryClient.invalidateQueries(trpc.device.stepUp.pathFilter())
      onClose()
    },
  })
  const problem = save.isError ? problemOf(save.error) : undefined
  const beside = problem?.fields.pin?.[0]
  const digits = { type: 'password', inputMode: 'numeric', autoComplete: 'off', maxLength: 12 } as const
  return (
    <Dialog
      open
      keepOpen
      onOpenChange={(open) => open || onClose()}
      title="PIN of this device"
      description="Six to twelve digits, for this device alone. It is never shown again."
    >
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          setDiffer(pin !== again)
          if (pin === again) save.mutate()
        }}
      >
        <TextField
          label="PIN"
          value={pin}
          onChange={(event) => setPin(event.target.value)}
          required
          problem={beside}
          {...digits}
        />
        <TextField
          label="The same again"
          value={again}
          onChange={(event) => setAgain(event.target.value)}
          required
          problem={differ ? 'The two differ.' : undefined}
          {...digits}
        />
        {problem !== undefined && beside === undefined && <ProblemCard problem={problem} />}
        <Button
          look="primary"
          size="main"
          type="submit"
          disabled={save.isPending || pin === '' || again === ''}
        >
          Save the PIN
        </Button>
      </form>
    </Dialog>
  )
}
