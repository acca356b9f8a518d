'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Cloud, Plus } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useEffect, useRef, useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { Dialog } from '#web/parts/dialog.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { RemoteFolderField } from '#web/parts/remotes/remote-folder-field.tsx'
import { TestPlace } from '#web/parts/remotes/test-place.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { RemoteInfo } from '#web/trpc/types.ts'

const MakeRemote = dynamic(
  () => import('#web/parts/remotes/make-remote.tsx').then((module) => module.MakeRemote),
  { ssr: false },
)

type Open =
  | { readonly what: 'add' }
  | { readonly what: 'look' | 'change' | 'sign-in' | 'remove'; readonly remote: RemoteInfo }

/** The storage that vaults may lie on. For owners: nobody else may see or change it. */
export function Remotes() {
  const trpc = useTRPC()
  const remotes = useQuery(trpc.remote.list.queryOptions())
  const [open, setOpen] = useState<Open>()
  const close = () => setOpen(undefined)
  useAskedSignIn(remotes.data, (remote) => setOpen({ what: 'sign-in', remote }))
  return (
    <Card>
      <h2>Remotes</h2>
      {remotes.isError && <ProblemCard className="mt-3" problem={problemOf(remotes.error)} />}
      {remotes.data?.length === 0 && (
        <p className="note mt-1">Storage elsewhere, such as a NAS or a cloud. There is none yet.</p>
      )}
      <ul className="mt-2 divide-y divide-line">
        {remotes.data?.map((remote) => (
          <li key={remote.name} className="flex min-h-16 items-center gap-3 py-2">
            <Cloud aria-hidden className="size-6 shrink-0 text-sea" strokeWidth={1.7} />
            <div className="min-w-0 grow">
              <p className="font-semibold leading-snug">{remote.name}</p>
              <p className="caption">{captionOf(remote)}</p>
            </div>
            <Button onClick={() => setOpen({ what: 'look', remote })} aria-label={`Open ${remote.name}`}>
              Open
            </Button>
          </li>
        ))}
      </ul>
      <Button className="mt-2 w-full" onClick={() => setOpen({ what: 'add' })}>
        <Plus aria-hidden className="size-5" /> Add a remote
      </Button>
      {open?.what === 'add' && <MakeRemote onSaved={close} onClose={close} />}
      {(open?.what === 'change' || open?.what === 'sign-in') && (
        <MakeRemote
          name={open.remote.name}
          signInAgain={open.what === 'sign-in'}
          onSaved={close}
          onClose={close}
        />
      )}
      {open?.what === 'look' && (
        <LookDialog
          remote={open.remote}
          onClose={close}
          onGo={(what) => setOpen({ what, remote: open.remote })}
        />
      )}
      {open?.what === 'remove' && <RemoveDialog remote={open.remote} onClose={close} />}
    </Card>
  )
}

/** A link may ask for a new sign-in by `?sign-in=NAME`; it is answered once. */
function useAskedSignIn(remotes: readonly RemoteInfo[] | undefined, onAsked: (remote: RemoteInfo) => void) {
  const done = useRef(false)
  useEffect(() => {
    if (remotes === undefined || done.current) return
    done.current = true
    const asked = new URLSearchParams(window.location.search).get('sign-in')
    const remote = remotes.find(({ name, own }) => own && name === asked)
    if (asked !== null) window.history.replaceState(null, '', window.location.pathname)
    if (remote !== undefined) onAsked(remote)
  })
}

function captionOf({ kind, own, usedBy }: RemoteInfo): string {
  const plans = usedBy.filter((use) => use.kind === 'plan').map((use) => use.name)
  const use = plans.length > 0 ? `used by ${plans.join(', ')}` : own ? 'not used yet' : 'in your own rclone'
  return `${kind} · ${use}`
}

function LookDialog(props: {
  remote: RemoteInfo
  onClose: () => void
  onGo: (what: 'change' | 'sign-in' | 'remove') => void
}) {
  const { remote, onGo } = props
  const trpc = useTRPC()
  const [path, setPath] = useState('')
  const details = useQuery(
    trpc.remote.details.queryOptions({ name: remote.name }, { enabled: remote.own, staleTime: 0, gcTime: 0 }),
  )
  return (
    <Dialog
      open
      onOpenChange={(open) => open || props.onClose()}
      title={remote.name}
      description={captionOf(remote)}
    >
      <RemoteFolderField remote={remote.name} value={path} onChange={setPath} />
      <TestPlace remote={remote.name} path={path} />
      {remote.own ? (
        <div className="grid gap-2 border-line border-t pt-3">
          <Button onClick={() => onGo('change')}>Change its settings</Button>
          {details.data?.provider.signIn === true && (
            <Button onClick={() => onGo('sign-in')}>Sign in again</Button>
          )}
          <Button look="danger" onClick={() => onGo('remove')}>
            Remove
          </Button>
        </div>
      ) : (
        <p className="note">
          It stands in the rclone configuration of the person who runs Holdfast. It is copied when a plan
          first uses it; until then it is changed with{' '}
          <code className="font-mono text-[13px]">rclone config</code>.
        </p>
      )}
    </Dialog>
  )
}

function RemoveDialog({ remote, onClose }: { remote: RemoteInfo; onClose: () => void }) {
  const client = useTRPCClient()
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const remove = useMutation({
    mutationFn: () => client.remote.remove.mutate({ name: remote.name }),
    onSuccess: async () => {
      await queryClient.invalidateQueries(trpc.remote.pathFilter())
      onClose()
    },
  })
  const used = remote.usedBy.length > 0
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      title={used ? `${remote.name} is in use.` : `Remove ${remote.name}?`}
      description={
        used
          ? 'Remove what uses it first:'
          : 'Holdfast forgets how to reach it. What lies there stays as it is.'
      }
    >
      {used && (
        <ul className="list-disc pl-5">
          {remote.usedBy.map((use) => (
            <li key={`${use.kind} ${use.name}`}>
              the {use.kind} “{use.name}”
            </li>
          ))}
        </ul>
      )}
      {remove.isError && <ProblemCard problem={problemOf(remove.error)} />}
      {!used && (
        <Button look="danger" size="main" disabled={remove.isPending} onClick={() => remove.mutate()}>
          {remove.isPending ? 'Removing…' : 'Remove this remote'}
        </Button>
      )}
      <Button size="main" onClick={onClose}>
        Keep it
      </Button>
    </Dialog>
  )
}
