'use client'

import { useQuery } from '@tanstack/react-query'
import { Cloud, HardDrive, Plus, Vault } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { Choice } from '#web/parts/choice.tsx'
import { FieldProblem } from '#web/parts/field.tsx'
import { FolderField } from '#web/parts/folder-field.tsx'
import { RemoteFolderField } from '#web/parts/remotes/remote-folder-field.tsx'
import { TestPlace } from '#web/parts/remotes/test-place.tsx'
import { useTRPC } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { PlaceFindings } from '#web/trpc/types.ts'
import { countOf } from '#web/words/locale.ts'
import type { StepProps } from './steps.tsx'

const MakeRemote = dynamic(
  () => import('#web/parts/remotes/make-remote.tsx').then((module) => module.MakeRemote),
  { ssr: false },
)

/** Where the vault lies: a folder of the machine, or a folder on a remote that rclone knows there. */
export function WhereStep({ draft, change, problems }: StepProps) {
  return (
    <>
      <div>
        <h1>Where should the copies go?</h1>
        <p className="mt-2 text-soft">
          Best is a place that does not burn, break or get stolen together with this machine: another disk, a
          NAS, a cloud.
        </p>
      </div>
      <fieldset className="grid gap-2.5 rail:grid-cols-2">
        <legend className="sr-only">Kind of place</legend>
        <Choice
          name="place"
          Icon={HardDrive}
          title="A folder"
          text="On another disk, a USB drive, or a mounted share."
          checked={draft.placeKind === 'folder'}
          onChoose={() => change({ placeKind: 'folder', findings: undefined })}
        />
        <Choice
          name="place"
          Icon={Cloud}
          title="A remote"
          text="A NAS, a server or a cloud: all that rclone speaks to."
          checked={draft.placeKind === 'remote'}
          onChoose={() => change({ placeKind: 'remote', findings: undefined })}
        />
      </fieldset>
      {draft.placeKind === 'folder' ? (
        <FolderField
          label="Folder for the vault"
          note="An empty or a new folder. It is made when it does not exist."
          value={draft.folder}
          onChange={(folder) => change({ folder, findings: undefined })}
          problem={problems['place.path'] ?? problems.place}
        />
      ) : (
        <RemoteFields draft={draft} change={change} problems={problems} />
      )}
      {draft.findings !== undefined && <Findings findings={draft.findings} />}
    </>
  )
}

function RemoteFields({ draft, change, problems }: StepProps) {
  const trpc = useTRPC()
  const remotes = useQuery(trpc.remote.list.queryOptions())
  const [adding, setAdding] = useState(false)
  const gone =
    draft.remote !== '' && remotes.isSuccess && !remotes.data.some(({ name }) => name === draft.remote)
  const problem = gone
    ? `The remote “${draft.remote}” is not there any more. Choose another, or add it again.`
    : problems['place.remote']
  if (remotes.isError) return <FieldProblem text={problemOf(remotes.error).sentence} />
  return (
    <div className="grid gap-5">
      <fieldset className="grid gap-2.5 rail:grid-cols-2">
        <legend className="mb-2 text-[15px] font-semibold">Remote</legend>
        {remotes.isPending && <p className="note">Looking…</p>}
        {remotes.data?.map((remote) => (
          <Choice
            key={remote.name}
            name="remote"
            title={remote.name}
            text={remote.kind}
            checked={draft.remote === remote.name}
            onChoose={() => change({ remote: remote.name, findings: undefined })}
          />
        ))}
        <Button className="min-h-13 rounded-card bg-card" onClick={() => setAdding(true)}>
          <Plus aria-hidden className="size-5" /> Add a remote
        </Button>
      </fieldset>
      {problem !== undefined && (
        <div role="alert">
          <FieldProblem text={problem} />
        </div>
      )}
      {draft.remote !== '' && !gone && (
        <>
          <RemoteFolderField
            remote={draft.remote}
            value={draft.remotePath}
            onChange={(remotePath) => change({ remotePath, findings: undefined })}
            problem={problems['place.path']}
          />
          <TestPlace remote={draft.remote} path={draft.remotePath.trim()} />
        </>
      )}
      {adding && (
        <MakeRemote
          onSaved={(remote) => {
            setAdding(false)
            change({ remote, findings: undefined })
          }}
          onClose={() => setAdding(false)}
        />
      )}
    </div>
  )
}

/** What was found at the place, when that needs a word. */
function Findings({ findings }: { findings: PlaceFindings }) {
  switch (findings.kind) {
    case 'new':
    case 'empty':
      return (
        <p className="note">
          {findings.kind === 'new' ? 'A new folder will be made.' : 'The folder is empty.'}
        </p>
      )
    case 'vault':
      return (
        <Card className="flex gap-3">
          <Vault aria-hidden className="mt-0.5 size-6 shrink-0 text-sea" strokeWidth={1.8} />
          <div>
            <h2>There is a vault already.</h2>
            <p className="note mt-0.5">
              {findings.snapshots !== null && `It holds ${countOf(findings.snapshots, 'snapshot')}. `}
              This plan adds to it; nothing in it is lost.
            </p>
          </div>
        </Card>
      )
    case 'occupied':
      return (
        <div role="alert" className="grid gap-1">
          <FieldProblem text="This folder holds other things. Choose an empty or a new one." />
          <p className="note">
            For example{' '}
            <span className="font-mono text-[13px]">{findings.examples.slice(0, 3).join(', ')}</span>
          </p>
        </div>
      )
    case 'unreachable':
      return (
        <div role="alert" className="grid gap-1">
          <FieldProblem text={findings.message} />
          <p className="note">{findings.next}</p>
        </div>
      )
  }
}
