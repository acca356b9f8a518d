'use client'

import { formatAge } from '@holdfast/domain'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { MonitorSmartphone, Pencil, Plus } from 'lucide-react'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { Dialog } from '#web/parts/dialog.tsx'
import { useNow } from '#web/parts/now.ts'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { PairedDevice } from '#web/trpc/types.ts'
import { ROLE_WORDS } from '#web/words/role-words.ts'
import { AddDevice } from './add-device.tsx'
import { PinOfThisDevice } from './pin.tsx'
import { RenameDevice } from './rename-device.tsx'
import { WaitingDevices } from './waiting-devices.tsx'

/** Every device that may speak to this machine, and the way to shut one out. */
export function Devices({ me, role }: { me: string | undefined; role: PairedDevice['role'] | undefined }) {
  const owner = role === 'owner'
  const trpc = useTRPC()
  const now = useNow()
  const devices = useQuery(trpc.device.list.queryOptions())
  const [leaving, setLeaving] = useState<PairedDevice>()
  const [renaming, setRenaming] = useState<PairedDevice>()
  const [adding, setAdding] = useState(false)
  return (
    <Card>
      <h2>Paired devices</h2>
      {devices.isError && <ProblemCard className="mt-3" problem={problemOf(devices.error)} />}
      {owner && !adding && <WaitingDevices />}
      <ul className="mt-2 divide-y divide-line">
        {devices.data?.map((device) => (
          <li key={device.id} className="flex min-h-16 flex-wrap items-center gap-x-3 gap-y-1 py-2">
            <MonitorSmartphone aria-hidden className="size-6 shrink-0 text-sea" strokeWidth={1.7} />
            <div className="min-w-[6.5rem] grow basis-0">
              <p className="font-semibold leading-snug">{device.name}</p>
              <p className="caption num">
                {device.id === me
                  ? 'this device'
                  : `seen ${formatAge(now.getTime() - Date.parse(device.lastSeenAt))}`}
                , may {ROLE_WORDS[device.role]}
              </p>
            </div>
            {owner && (
              <span className="ml-auto flex gap-2">
                <Button
                  look="plain"
                  size="icon"
                  onClick={() => setRenaming(device)}
                  aria-label={`Rename ${device.name}`}
                >
                  <Pencil aria-hidden className="size-5" />
                </Button>
                <Button look="danger" onClick={() => setLeaving(device)} aria-label={`Remove ${device.name}`}>
                  Remove
                </Button>
              </span>
            )}
          </li>
        ))}
      </ul>
      {owner && (
        <Button className="mt-2" onClick={() => setAdding(true)}>
          <Plus aria-hidden className="size-5" /> Add a device
        </Button>
      )}
      {(owner || role === 'restorer') && <PinOfThisDevice />}
      {adding && (
        <AddDevice
          onClose={() => {
            setAdding(false)
            void devices.refetch()
          }}
        />
      )}
      {renaming !== undefined && <RenameDevice device={renaming} onClose={() => setRenaming(undefined)} />}
      {leaving !== undefined && (
        <RevokeDialog device={leaving} mine={leaving.id === me} onClose={() => setLeaving(undefined)} />
      )}
    </Card>
  )
}

function RevokeDialog(props: { device: PairedDevice; mine: boolean; onClose: () => void }) {
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const revoke = useMutation({
    mutationFn: () => client.device.revoke.mutate({ id: props.device.id }),
    // For this device itself the next answer is "not paired", which leads to pairing.
    onSuccess: async () => {
      await queryClient.invalidateQueries()
      props.onClose()
    },
  })
  return (
    <Dialog
      open
      onOpenChange={(open) => open || props.onClose()}
      title={`Remove ${props.device.name}?`}
      description={
        props.mine
          ? 'This is the device you hold. You need a new code from the machine to come back.'
          : 'It is shut out at once. To come back it needs a new code from the machine.'
      }
    >
      {revoke.isError && <ProblemCard problem={problemOf(revoke.error)} />}
      <Button look="danger" size="main" disabled={revoke.isPending} onClick={() => revoke.mutate()}>
        {revoke.isPending ? 'Removing…' : 'Remove this device'}
      </Button>
      <Button size="main" onClick={props.onClose}>
        Keep it
      </Button>
    </Dialog>
  )
}
