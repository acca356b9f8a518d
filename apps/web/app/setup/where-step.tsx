'use client'

import { useQuery } from '@tanstack/react-query'
import { Cloud, HardDrive, Vault } from 'lucide-react'
import { Card } from '#web/parts/card.tsx'
import { Choice } from '#web/parts/choice.tsx'
import { FieldProblem, Select, TextField } from '#web/parts/field.tsx'
import { FolderField } from '#web/parts/folder-field.tsx'
import { useTRPC } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { PlaceFindings } from '#web/trpc/types.ts'
import { countOf } from '#web/words/locale.ts'
import type { StepProps } from './setup.tsx'

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
          text="Storage that rclone on this machine is signed in to."
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
  const remotes = useQuery(trpc.setup.remotes.queryOptions())
  if (remotes.isError) return <FieldProblem text={problemOf(remotes.error).sentence} />
  if (remotes.data?.length === 0)
    return (
      <Card>
        <h2>rclone knows no remote on this machine yet.</h2>
        <p className="note mt-1">
          Make one there with <code className="font-mono">rclone config</code>, then come back. Or choose a
          folder.
        </p>
      </Card>
    )
  return (
    <div className="grid gap-4 rail:grid-cols-2">
      <Select
        label="Remote"
        value={draft.remote}
        onChange={(event) => change({ remote: event.target.value, findings: undefined })}
        problem={problems['place.remote']}
      >
        <option value="">{remotes.isPending ? 'Looking…' : 'Choose…'}</option>
        {remotes.data?.map((remote) => (
          <option key={remote.name} value={remote.name}>
            {remote.name} ({remote.type})
          </option>
        ))}
      </Select>
      <TextField
        label="Folder on it"
        value={draft.remotePath}
        onChange={(event) => change({ remotePath: event.target.value, findings: undefined })}
        className="font-mono text-[15px]"
        autoCapitalize="none"
        spellCheck={false}
        problem={problems['place.path']}
      />
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
