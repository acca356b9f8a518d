'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Cloud, HardDrive } from 'lucide-react'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Choice } from '#web/parts/choice.tsx'
import { Dialog } from '#web/parts/dialog.tsx'
import { FieldProblem, Select } from '#web/parts/field.tsx'
import { FolderField } from '#web/parts/folder-field.tsx'
import { Link } from '#web/parts/link.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { RemoteFolderField } from '#web/parts/remotes/remote-folder-field.tsx'
import { TestPlace } from '#web/parts/remotes/test-place.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { Plan } from '#web/trpc/types.ts'

type Place = Plan['options']['copies'][number]

/** Asks for the place of one more copy, and starts the first copying. */
export function AddCopy({ plan, onClose }: { plan: Plan; onClose: () => void }) {
  const client = useTRPCClient()
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const remotes = useQuery(trpc.remote.list.queryOptions())
  const [kind, setKind] = useState<Place['kind']>('remote')
  const [folder, setFolder] = useState('')
  const [chosen, setChosen] = useState('')
  const [path, setPath] = useState('holdfast')
  const remote = chosen === '' ? (remotes.data?.[0]?.name ?? '') : chosen
  const place: Place =
    kind === 'folder'
      ? { kind: 'folder', path: folder.trim() }
      : { kind: 'remote', remote, path: path.trim() }
  const add = useMutation({
    async mutationFn() {
      const options = { ...plan.options, copies: [...plan.options.copies, place] }
      await client.plan.update.mutate({ id: plan.id, change: { options } })
      await client.plan.copyNow.mutate({ id: plan.id, place })
    },
    async onSuccess() {
      await queryClient.invalidateQueries(trpc.home.queryFilter())
      onClose()
    },
  })
  const problem = add.isError ? problemOf(add.error) : undefined
  const beside = problem === undefined ? undefined : Object.values(problem.fields)[0]?.[0]
  const ready = kind === 'folder' ? folder.trim() !== '' : remote !== ''
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Add a second copy"
      description="Best somewhere else than the first: what takes one should not take both. An empty or a new folder."
    >
      <fieldset className="grid gap-2.5 rail:grid-cols-2">
        <legend className="sr-only">Kind of place</legend>
        <Choice
          name="copy-place"
          Icon={Cloud}
          title="A remote"
          text="A NAS, a server or a cloud."
          checked={kind === 'remote'}
          onChoose={() => setKind('remote')}
        />
        <Choice
          name="copy-place"
          Icon={HardDrive}
          title="A folder"
          text="Another disk or a mounted share."
          checked={kind === 'folder'}
          onChoose={() => setKind('folder')}
        />
      </fieldset>
      {kind === 'folder' ? (
        <FolderField label="Folder for the copy" value={folder} onChange={setFolder} problem={beside} />
      ) : remotes.isError ? (
        <FieldProblem text={problemOf(remotes.error).sentence} />
      ) : remotes.data?.length === 0 ? (
        <p className="note">
          There is no remote yet.{' '}
          <Link href="/settings/" className="font-semibold text-sea underline">
            Add one in the settings
          </Link>
          , then come back.
        </p>
      ) : (
        <>
          <Select label="Remote" value={remote} onChange={(event) => setChosen(event.target.value)}>
            {remotes.data?.map(({ name, kind: provider }) => (
              <option key={name} value={name}>
                {name} · {provider}
              </option>
            ))}
          </Select>
          {remote !== '' && (
            <>
              <RemoteFolderField remote={remote} value={path} onChange={setPath} problem={beside} />
              <TestPlace remote={remote} path={path.trim()} />
            </>
          )}
        </>
      )}
      {problem !== undefined && beside === undefined && <ProblemCard problem={problem} />}
      <Button look="primary" size="main" disabled={!ready || add.isPending} onClick={() => add.mutate()}>
        {add.isPending ? 'Looking at the place…' : 'Copy there'}
      </Button>
    </Dialog>
  )
}
