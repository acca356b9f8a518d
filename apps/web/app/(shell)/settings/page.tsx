'use client'

import { useQuery } from '@tanstack/react-query'
import { Card } from '#web/parts/card.tsx'
import { StartsWithMachine } from '#web/parts/starts-with-machine.tsx'
import { useTRPC } from '#web/trpc/client.ts'
import { useHome } from '#web/trpc/home-query.ts'
import { ROLE_WORDS } from '#web/words/role-words.ts'
import { Appearance } from './appearance.tsx'
import { AuditLink } from './audit-link.tsx'
import { Bandwidth } from './bandwidth.tsx'
import { Devices } from './devices.tsx'
import { HomeNetwork } from './home-network.tsx'
import { InstallApp } from './install-app.tsx'
import { NotifyLink } from './notify-link.tsx'
import { OtherMachines } from './other-machines.tsx'
import { Plans } from './plans.tsx'
import { Remotes } from './remotes.tsx'

export default function SettingsPage() {
  const trpc = useTRPC()
  const home = useHome()
  const me = useQuery(trpc.device.me.queryOptions())
  const device = me.data?.device
  return (
    <div className="grid gap-6 pb-6">
      <div className="pt-5 rail:pt-8">
        <h1>Settings</h1>
        <p className="mt-2 text-soft">
          {device
            ? `This device is “${device.name}”. It may ${ROLE_WORDS[device.role]}.`
            : 'This device is paired.'}
        </p>
      </div>
      <div className="grid gap-6 side:grid-cols-2 side:items-start side:gap-8">
        <div className="grid min-w-0 gap-6">
          <Devices me={device?.id} role={device?.role} />
          <HomeNetwork owner={device?.role === 'owner'} />
          <Plans cards={home.data?.plans ?? []} owner={device?.role === 'owner'} />
          {device?.role === 'owner' && <Remotes />}
          {device !== undefined && (
            <OtherMachines owner={device?.role === 'owner'} operator={device?.role !== 'viewer'} />
          )}
        </div>
        <div className="grid min-w-0 gap-6">
          <NotifyLink />
          {device !== undefined && device?.role !== 'viewer' && <AuditLink />}
          <StartsWithMachine id="service" owner={device?.role === 'owner'} />
          <Bandwidth owner={device?.role === 'owner'} />
          <Appearance />
          <InstallApp />
          <Card>
            <h2>About</h2>
            <dl className="note num mt-2 grid grid-cols-[auto_1fr] gap-x-6 gap-y-1.5">
              <dt>Machine</dt>
              <dd className="text-right text-ink">{home.data?.machine ?? '–'}</dd>
              <dt>Agent</dt>
              <dd className="text-right text-ink">{home.data?.agentVersion ?? '–'}</dd>
              <dt>App build</dt>
              <dd className="text-right font-mono text-[13px] text-ink">
                {process.env.NEXT_PUBLIC_BUILD_ID}
              </dd>
            </dl>
          </Card>
        </div>
      </div>
    </div>
  )
}
