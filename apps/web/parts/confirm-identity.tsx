'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { TextField } from './field.tsx'
import { OneTimeCodeField } from './one-time-code-field.tsx'
import { ProblemCard } from './problem-card.tsx'

/**
 * Asks for the PIN of this device, or for a code of the machine, before an act goes on. `onDone` hears whether the person
 * confirmed; closing it means not.
 */
export function ConfirmIdentity({ onDone }: { onDone: (confirmed: boolean) => void }) {
  const trpc = useTRPC()
  const state = useQuery({ ...trpc.device.stepUp.queryOptions(), staleTime: 0, gcTime: 0 })
  return (
    <Dialog
      open
      keepOpen
      onTop
      onOpenChange={(open) => open || onDone(false)}
      title="Confirm that it is you"
      description="What you are about to do can’t be taken back, or lets somebody see or do more. It holds for five minutes."
    >
      {state.isError && <ProblemCard problem={problemOf(state.error)} />}
      {state.isSuccess && <ConfirmForm hasPin={state.data.hasPin} onDone={onDone} />}
    </Dialog>
  )
}

function ConfirmForm({ hasPin, onDone }: { hasPin: boolean; onDone: (confirmed: boolean) => void }) {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const [by, setBy] = useState<'pin' | 'code'>(hasPin ? 'pin' : 'code')
  const [typed, setTyped] = useState('')
  const confirm = useMutation({
    mutationFn: () =>
      client.device.confirm.mutate(by === 'pin' ? { by, pin: typed } : { by, code: typed.trim() }),
    onSuccess: () => {
      void queryClient.invalidateQueries(trpc.device.stepUp.pathFilter())
      onDone(true)
    },
    onError: () => setTyped(''),
  })
  const problem = confirm.isError ? problemOf(confirm.error) : undefined
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        confirm.mutate()
      }}
    >
      {by === 'pin' ? (
        <TextField
          key="pin"
          label="PIN of this device"
          type="password"
          inputMode="numeric"
          autoComplete="off"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          maxLength={12}
          required
          autoFocus
          problem={problem?.sentence}
        />
      ) : (
        <OneTimeCodeField
          key="code"
          label="Code of the machine"
          code={typed}
          onCode={setTyped}
          autoFocus
          note={
            <>
              Run <code>holdfast device confirm</code> on the machine.
              {!hasPin && ' With a PIN, which you choose in Settings, you need no code.'}
            </>
          }
          problem={problem?.sentence}
        />
      )}
      <Button look="primary" size="main" type="submit" disabled={confirm.isPending || typed.trim() === ''}>
        {confirm.isPending ? 'Looking…' : 'Confirm'}
      </Button>
      {hasPin && (
        <Button
          size="main"
          onClick={() => {
            confirm.reset()
            setTyped('')
            setBy(by === 'pin' ? 'code' : 'pin')
          }}
        >
          {by === 'pin' ? 'Use a code of the machine' : 'Use the PIN'}
        </Button>
      )}
    </form>
  )
}
