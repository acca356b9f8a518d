'use client'

import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Dialog } from '#web/parts/dialog.tsx'
import { Select } from '#web/parts/field.tsx'
import { useNow } from '#web/parts/now.ts'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { QrCode } from '#web/parts/qr-code.tsx'
import { useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { PairedDevice } from '#web/trpc/types.ts'
import { ROLE_WORDS } from '#web/words/role-words.ts'
import { WaitingDevices } from './waiting-devices.tsx'

const ROLES: readonly PairedDevice['role'][] = ['viewer', 'operator', 'restorer', 'owner']

/** Draws a one-time code for another device: first what it may do, then the code to scan or to type. */
export function AddDevice({ onClose }: { onClose: () => void }) {
  const client = useTRPCClient()
  const now = useNow()
  const [role, setRole] = useState<PairedDevice['role']>('viewer')
  const issue = useMutation({ mutationFn: () => client.device.issueCode.mutate({ role }) })
  const issued = issue.data
  const leftMs = issued === undefined ? 0 : Date.parse(issued.expiresAt) - now.getTime()
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      title="Add a device"
      description="The code lets one device ask, once, within five minutes; you let it in here. A new code replaces it."
    >
      <WaitingDevices />
      {issue.isError && <ProblemCard problem={problemOf(issue.error)} />}
      {issued === undefined || leftMs <= 0 ? (
        <>
          {issued !== undefined && <p role="status">The code is not good any more.</p>}
          <Select
            label="What it may do"
            value={role}
            onChange={(event) => setRole(ROLES.find((one) => one === event.target.value) ?? 'viewer')}
          >
            {ROLES.map((one) => (
              <option key={one} value={one}>
                {ROLE_WORDS[one].replace(/^./, (first) => first.toUpperCase())}
              </option>
            ))}
          </Select>
          <Button look="primary" size="main" disabled={issue.isPending} onClick={() => issue.mutate()}>
            Show a code
          </Button>
        </>
      ) : (
        <>
          <QrCode picture={issued.qr} label="QR code that opens the page to pair" />
          <p className="num text-center font-mono text-[28px] font-semibold tracking-[0.12em]">
            {issued.code}
          </p>
          <p className="note break-all">
            Scan it, or open {issued.link.split('#')[0]} and type the code. The device may then{' '}
            {ROLE_WORDS[issued.role]}.
          </p>
          {/^http:\/\/localhost\b/.test(issued.link) && (
            <p className="note">
              The address leads to this machine only. Other devices need “On the home network” first.
            </p>
          )}
        </>
      )}
    </Dialog>
  )
}
