import { formatBytes } from '@holdfast/domain'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Download, FileKey, Printer } from 'lucide-react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { useNow } from '#web/parts/now.ts'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { ClearSheet } from '#web/parts/recovery-kit/clear-sheet.tsx'
import { useMakeKit } from '#web/parts/recovery-kit/use-make-kit.ts'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { Plan } from '#web/trpc/types.ts'
import { dayAndTime } from '#web/words/moments.ts'

/** The recovery kit of a plan's vault: whether it was saved, as a file and on paper; and the sheet in clear. */
export function KitCard({ vault }: { vault: Plan['vault'] }) {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const now = useNow()
  const kits = useQuery(trpc.kit.list.queryOptions())
  const make = useMakeKit(vault.id)
  const save = useMutation({
    async mutationFn(as: 'file' | 'pages') {
      const kit = await make.mutateAsync(as)
      return client.kit.saved.mutate({ vault: kit.vault, made: kit.made })
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
        With it and the passphrase, another machine brings everything back. It is sealed
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
      {status?.program != null && (
        <p className="note">
          Holdfast {status.program.version} itself, with all that it needs to run, lies in the vault too (
          {formatBytes(status.program.bytes)}).
        </p>
      )}
      {make.data?.notes.map((note) => (
        <p key={note} className="note">
          {note}
        </p>
      ))}
      {save.isError && <ProblemCard problem={problemOf(save.error)} />}
      <div className="flex flex-wrap gap-2">
        <Button disabled={save.isPending} onClick={() => save.mutate('file')}>
          <Download aria-hidden className="size-5" />
          {saved === undefined ? 'Save the kit' : 'Save it again'}
        </Button>
        <Button disabled={save.isPending} onClick={() => save.mutate('pages')}>
          <Printer aria-hidden className="size-5" />
          {save.isPending && save.variables === 'pages' ? 'Making the pages…' : 'Pages to print'}
        </Button>
      </div>
      {vault.encrypted && <ClearSheet vault={vault.id} name={vault.name} />}
    </Card>
  )
}
