import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Download, FileKey } from 'lucide-react'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { useNow } from '#web/parts/now.ts'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { Plan } from '#web/trpc/types.ts'
import { dayAndTime } from '#web/words/moments.ts'

/** The recovery kit of a plan's vault: whether it was saved, and the file. */
export function KitCard({ vault }: { vault: Plan['vault'] }) {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const now = useNow()
  const kits = useQuery(trpc.kit.list.queryOptions())
  const [notes, setNotes] = useState<readonly string[]>([])
  const save = useMutation({
    mutationFn: async () => {
      const kit = await client.kit.make.mutate({ vault: vault.id })
      download(kit.fileName, kit.text)
      setNotes(kit.notes)
      return client.kit.saved.mutate({ vault: kit.vault, made: new Date(kit.made) })
    },
    onSuccess: () => queryClient.invalidateQueries(),
  })
  const status = kits.data?.find((kit) => kit.vault === vault.id)
  const saved = status?.savedAt == null ? undefined : new Date(status.savedAt)
  return (
    <Card className="grid gap-3">
      <div className="flex items-start justify-between gap-3">
        <h2>Recovery kit</h2>
        <FileKey aria-hidden className="size-6 shrink-0 text-sea" strokeWidth={1.7} />
      </div>
      <p className="note">
        With this file and the passphrase, another machine brings everything back. It is sealed
        {vault.encrypted ? ' with the passphrase of the vault' : ' by nothing: the vault is plain'}. Keep it
        away from this machine.
      </p>
      {status !== undefined && (
        <p
          className={
            status.outdated !== null || saved === undefined ? 'font-semibold text-risk' : 'font-semibold'
          }
        >
          {saved === undefined
            ? 'Not saved yet.'
            : status.outdated === null
              ? `Saved ${dayAndTime(saved, now)}. It is up to date.`
              : `Out of date. ${status.outdated}`}
        </p>
      )}
      {notes.map((note) => (
        <p key={note} className="note">
          {note}
        </p>
      ))}
      {save.isError && <ProblemCard problem={problemOf(save.error)} />}
      <Button disabled={save.isPending} onClick={() => save.mutate()}>
        <Download aria-hidden className="size-5" />
        {saved === undefined ? 'Save the kit' : 'Save it again'}
      </Button>
    </Card>
  )
}

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
