import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { Home, PlanCard } from '#web/trpc/types.ts'

/** Where this installation may not write: why, and the way to change that. */
export function OtherInstallation({ home }: { home: Home }) {
  const stopped = home.plans.filter(
    ({ protection: { code } }) => code === 'taken-over' || code === 'read-only',
  )
  const perVault = new Map(stopped.map((card) => [card.plan.vault.id, card]))
  return [...perVault.values()].map((card) => <Stopped key={card.plan.vault.id} card={card} />)
}

function Stopped({ card: { plan, protection } }: { card: PlanCard }) {
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const [asking, setAsking] = useState(false)
  const takeOver = useMutation({
    mutationFn: () => client.recover.takeOver.mutate({ vault: plan.vault.id }),
    onSuccess: () => queryClient.invalidateQueries(),
  })
  const reads = protection.code === 'read-only'
  return (
    <Card className="grid gap-3">
      <div>
        <h2>{reads ? 'This machine only reads' : 'Another installation has taken over'}</h2>
        <p className="note mt-1">
          {reads
            ? 'Its plans came back from a vault; nothing is written to it.'
            : 'This one has stopped, so that two do not write one history. Its files and settings are untouched.'}
        </p>
      </div>
      {takeOver.isError && <ProblemCard problem={problemOf(takeOver.error)} />}
      {asking ? (
        <div className="grid gap-2">
          <p className="font-semibold">The other installation will stop backing up. Go on?</p>
          <div className="flex flex-wrap gap-2">
            <Button look="primary" disabled={takeOver.isPending} onClick={() => takeOver.mutate()}>
              Yes, back up from here
            </Button>
            <Button onClick={() => setAsking(false)}>No</Button>
          </div>
        </div>
      ) : (
        <Button onClick={() => setAsking(true)}>Back up from here</Button>
      )}
    </Card>
  )
}
