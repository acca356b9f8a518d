import { useMutation, useQueryClient } from '@tanstack/react-query'
import { LockKeyhole } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { TextField } from '#web/parts/field.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { RecoverState } from '#web/trpc/types.ts'

type Locked = RecoverState['locked'][number]

/** Other vaults of the machine that came back: the kit of the first does not open them. */
export function LockedVaults({ locked }: { locked: readonly Locked[] }) {
  return locked.map((one) => <LockedVault key={one.vault} locked={one} />)
}

function LockedVault({ locked: { vault, place, encrypted, plans } }: { locked: Locked }) {
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const [passphrase, setPassphrase] = useState('')
  const unlock = useMutation({
    mutationFn: () =>
      client.recover.unlock.mutate({ vault, passphrase: passphrase === '' ? null : passphrase }),
    onSuccess: () => queryClient.invalidateQueries(),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    unlock.mutate()
  }
  return (
    <Card>
      <form className="grid gap-3" onSubmit={submit}>
        <div className="flex items-start justify-between gap-3">
          <h2>{plans.join(', ')}: in another vault</h2>
          <LockKeyhole aria-hidden className="size-6 shrink-0 text-sea" strokeWidth={1.7} />
        </div>
        <p className="note [overflow-wrap:anywhere]">
          {encrypted ? `${place} has a passphrase of its own. ` : `${place} was not opened yet. `}
          Until it is open, {plans.length === 1 ? 'this plan waits' : 'these plans wait'}; the other files
          come back without it.
        </p>
        {encrypted && (
          <TextField
            label={`Passphrase of ${place}`}
            type="password"
            autoComplete="off"
            value={passphrase}
            onChange={(event) => setPassphrase(event.target.value)}
          />
        )}
        {unlock.isError && <ProblemCard problem={problemOf(unlock.error)} />}
        <Button type="submit" disabled={unlock.isPending || (encrypted && passphrase === '')}>
          {unlock.isPending ? 'Opening…' : 'Open this vault'}
        </Button>
      </form>
    </Card>
  )
}
