'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Power, PowerOff } from 'lucide-react'
import { useId } from 'react'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { useHome } from '#web/trpc/home-query.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { ServiceStatus } from '#web/trpc/types.ts'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import { ProblemCard } from './problem-card.tsx'
import { Switch } from './switch.tsx'

/** Whether a restart of the machine ends the backups, and the switch that sees to it that it does not. */
export function StartsWithMachine({
  owner,
  id,
  onlyKnown,
}: {
  owner: boolean
  id?: string
  /** Shows nothing where nobody knows. */
  onlyKnown?: boolean
}) {
  const trpc = useTRPC()
  const status = useQuery(trpc.service.status.queryOptions())
  if (status.isError) return <ProblemCard problem={problemOf(status.error)} />
  if (status.data === undefined || (onlyKnown === true && status.data.kind === 'unknown')) return null
  return (
    <Card id={id} className="grid scroll-mt-6 gap-3">
      {status.data.kind === 'systemd' ? (
        <Switchable status={status.data} owner={owner} />
      ) : (
        <div className="flex items-start gap-3">
          <Power aria-hidden className="mt-0.5 size-6 shrink-0 text-soft" strokeWidth={1.8} />
          <div className="min-w-0">
            <h2>Start with this machine</h2>
            <p className="note mt-0.5">{status.data.sentence}</p>
          </div>
        </div>
      )}
      {status.data.kind === 'unsupported' && <ByHand how={status.data.byHand} />}
    </Card>
  )
}

function Switchable({
  status,
  owner,
}: {
  status: Extract<ServiceStatus, { kind: 'systemd' }>
  owner: boolean
}) {
  const id = useId()
  const set = useSetService()
  const { enabled, installed, outdated, running } = status
  const Icon = enabled ? Power : PowerOff
  return (
    <>
      <div>
        <div className="flex items-center gap-3">
          <Icon
            aria-hidden
            className={`size-6 shrink-0 ${enabled ? 'text-sea' : 'text-risk'}`}
            strokeWidth={1.8}
          />
          <h2 id={id} className="min-w-0 grow">
            Start with this machine
          </h2>
          <Switch
            aria-labelledby={id}
            aria-describedby={`${id}-text`}
            checked={enabled}
            disabled={!owner || set.isPending}
            onCheckedChange={(on) => set.mutate(on)}
          />
        </div>
        <p id={`${id}-text`} className="note [overflow-wrap:anywhere]">
          {status.sentence}
          {enabled && !running && ' The one that runs now was started by hand and goes on.'}
        </p>
      </div>
      {outdated && owner && (
        <Button className="justify-self-start" disabled={set.isPending} onClick={() => set.mutate(true)}>
          Install the service again
        </Button>
      )}
      {installed && (
        <dl className="caption">
          <dt className="sr-only">The service’s file</dt>
          <dd className="font-mono text-[13px] [overflow-wrap:anywhere]">{status.path}</dd>
        </dl>
      )}
      {set.isError && <ProblemCard problem={problemOf(set.error)} />}
    </>
  )
}

/** What a person does where Holdfast can't; said to be untried where it is. */
function ByHand({ how }: { how: Extract<ServiceStatus, { kind: 'unsupported' }>['byHand'] }) {
  return (
    <details>
      <summary className="flex min-h-11 cursor-pointer items-center font-semibold text-sea">
        {how.title}
        {!how.tried && ' (not tried by us)'}
      </summary>
      {how.path !== null && (
        <p className="note mb-2">
          Into <code className="text-[13px] [overflow-wrap:anywhere]">{how.path}</code>:
        </p>
      )}
      <pre className="whitespace-pre-wrap rounded-xl border border-line p-3 font-mono text-[13px] [overflow-wrap:anywhere]">
        {how.text}
      </pre>
      <p className="note mt-2">
        Then, on the machine:{' '}
        <code className="text-[13px] [overflow-wrap:anywhere]">{how.commands.join(' ; ')}</code>
      </p>
    </details>
  )
}

/** Installs the service, or takes it away; home has its verdict anew afterwards. */
function useSetService() {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const home = useHome()
  return useMutation({
    mutationFn: (on: boolean) => (on ? client.service.install.mutate() : client.service.uninstall.mutate()),
    onSuccess: async (answer) => {
      queryClient.setQueryData(trpc.service.status.queryKey(), answer)
      await home.refetch()
    },
  })
}
