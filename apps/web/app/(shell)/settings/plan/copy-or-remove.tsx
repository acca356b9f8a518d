'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Copy, Trash2 } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { Dialog } from '#web/parts/dialog.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { Plan } from '#web/trpc/types.ts'

/** A copy of the plan, or its end. Removing asks first and says what stays. */
export function CopyOrRemove({ plan }: { plan: Plan }) {
  const client = useTRPCClient()
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const router = useRouter()
  const [asking, setAsking] = useState(false)
  const refresh = () => queryClient.invalidateQueries(trpc.home.queryFilter())
  const copy = useMutation({
    mutationFn: () => client.plan.duplicate.mutate({ id: plan.id, name: `${plan.name.slice(0, 74)} copy` }),
    async onSuccess(made) {
      await refresh()
      router.push(`/settings/plan/?id=${made.id}`)
    },
  })
  const remove = useMutation({
    mutationFn: () => client.plan.remove.mutate({ id: plan.id }),
    async onSuccess() {
      router.push('/settings/')
      await refresh()
    },
  })
  return (
    <Card className="grid gap-3">
      <h2>Copy or remove</h2>
      {copy.isError && <ProblemCard problem={problemOf(copy.error)} />}
      <Button disabled={copy.isPending} onClick={() => copy.mutate()}>
        <Copy aria-hidden className="size-5" /> Make a paused copy
      </Button>
      <Button look="danger" onClick={() => setAsking(true)}>
        <Trash2 aria-hidden className="size-5" /> Remove this plan
      </Button>
      {asking && (
        <Dialog
          open
          onOpenChange={setAsking}
          title={`Remove “${plan.name}”?`}
          description={`It runs no more. Its snapshots stay in the vault ${plan.vault.name} and can be restored from there.`}
        >
          {remove.isError && <ProblemCard problem={problemOf(remove.error)} />}
          <Button look="danger" size="main" disabled={remove.isPending} onClick={() => remove.mutate()}>
            Remove the plan, keep its snapshots
          </Button>
          <Button size="main" onClick={() => setAsking(false)}>
            Keep the plan
          </Button>
        </Dialog>
      )}
    </Card>
  )
}
