'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { FileKey2, ShieldCheck } from 'lucide-react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useMakeKit } from '#web/parts/recovery-kit/use-make-kit.ts'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'

/** Asks to save the recovery kit of a new vault; it counts when a person says that it lies somewhere else. */
export function SaveKit({ vault }: { vault: string }) {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const kits = useQuery(trpc.kit.list.queryOptions())
  const make = useMakeKit(vault)
  const made = make.data?.made
  const saved = useMutation({
    mutationFn: (at: string) => client.kit.saved.mutate({ vault, made: at }),
    onSuccess: () => queryClient.invalidateQueries(trpc.kit.pathFilter()),
  })
  const status = kits.data?.find((kit) => kit.vault === vault)
  if (status === undefined || !status.encrypted) return null
  if (status.savedAt !== null && status.outdated === null)
    return (
      <Card className="flex items-start gap-3">
        <ShieldCheck aria-hidden className="mt-0.5 size-6 shrink-0 text-safe" strokeWidth={1.8} />
        <div>
          <h2>The recovery kit is saved.</h2>
          <p className="note mt-0.5">With it and the passphrase another machine brings everything back.</p>
        </div>
      </Card>
    )
  const failed = make.isError ? make.error : saved.isError ? saved.error : undefined
  return (
    <Card className="grid gap-3">
      <div className="flex items-start gap-3">
        <FileKey2 aria-hidden className="mt-0.5 size-6 shrink-0 text-sea" strokeWidth={1.8} />
        <div>
          <h2>Save the recovery kit</h2>
          <p className="note mt-0.5">
            Sealed: a small file, or pages to print. It says where the vault is. When this machine is gone,
            another one needs it and the passphrase. Keep it on your phone, in your mail or on paper, not only
            here.
          </p>
        </div>
      </div>
      {failed !== undefined && failed !== null && <ProblemCard problem={problemOf(failed)} />}
      <div className="flex flex-wrap gap-2">
        <Button disabled={make.isPending} onClick={() => make.mutate('file')}>
          {make.isPending ? 'Sealing it…' : made === undefined ? 'Get the kit' : 'Get it again'}
        </Button>
        <Button disabled={make.isPending} onClick={() => make.mutate('pages')}>
          Pages to print
        </Button>
        {made !== undefined && (
          <Button look="primary" disabled={saved.isPending} onClick={() => saved.mutate(made)}>
            It lies in a safe place
          </Button>
        )}
      </div>
    </Card>
  )
}
