'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Smartphone, Wifi } from 'lucide-react'
import { useEffect, useId, useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { Switch } from '#web/parts/switch.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { LanStatus } from '#web/trpc/types.ts'
import { dayWords } from '#web/words/moments.ts'
import { OpenOnPhone } from './open-on-phone.tsx'

type Serving = NonNullable<LanStatus['serving']>

/** Whether other devices on the network reach the machine, under which address, and what they have to trust. */
export function HomeNetwork({ owner }: { owner: boolean }) {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const lan = useQuery(trpc.lan.get.queryOptions())
  const note = useId()
  const [onMachine, setOnMachine] = useState(false)
  useEffect(() => setOnMachine(['localhost', '127.0.0.1', '[::1]'].includes(location.hostname)), [])
  const set = useMutation({
    mutationFn: (on: boolean) => client.lan.set.mutate({ on }),
    onSuccess: (answer) => queryClient.setQueryData(trpc.lan.get.queryKey(), answer),
    onSettled: () => queryClient.invalidateQueries(trpc.lan.pathFilter()),
  })
  if (lan.data === undefined) return lan.isError ? <ProblemCard problem={problemOf(lan.error)} /> : null
  const { on, serving } = lan.data
  const why = whyFixed(lan.data, { owner, onMachine })
  return (
    <Card className="grid gap-4">
      <div className="flex items-start gap-3">
        <Wifi aria-hidden className="mt-1 size-6 shrink-0 text-sea" strokeWidth={1.7} />
        <div className="min-w-0 grow">
          <h2>On the home network</h2>
          <p id={note} className="note mt-0.5">
            {on ? 'Other devices here reach this machine over HTTPS.' : 'Only this machine reaches Holdfast.'}
            {why !== undefined && ` ${why}`}
            {!on &&
              why === undefined &&
              ' Switched on, phones and computers around you can pair, install the app and be told.'}
          </p>
        </div>
        <Switch
          aria-label="On the home network"
          aria-describedby={note}
          checked={set.isPending ? !on : on}
          disabled={set.isPending || why !== undefined}
          onCheckedChange={(next) => set.mutate(next)}
        />
      </div>
      {set.isError && <ProblemCard problem={problemOf(set.error)} />}
      {on && serving === null && !set.isPending && (
        <ProblemCard
          problem={{
            code: 'LAN_NOT_SERVED',
            sentence: 'It is on, but the network is not served.',
            next: 'The log of the agent says why; often another program has the port.',
            fields: {},
          }}
        />
      )}
      {serving !== null && <Reached serving={serving} />}
    </Card>
  )
}

/** Why the switch can't be moved here; undefined when it can. */
function whyFixed(
  { forced }: LanStatus,
  { owner, onMachine }: { owner: boolean; onMachine: boolean },
): string | undefined {
  if (!owner) return 'An owner turns it on and off.'
  if (!onMachine) return 'It is turned on and off in a browser on the machine itself.'
  if (forced) return 'HOLDFAST_LAN keeps it on: start Holdfast without it to turn it off.'
  return undefined
}

function Reached({ serving }: { serving: Serving }) {
  const [showing, setShowing] = useState(false)
  const { origin, fingerprint, until, renewedAt } = serving
  return (
    <>
      <dl className="grid gap-3">
        <div>
          <dt className="caption">Address</dt>
          <dd className="break-all font-mono text-[15px]">{origin}</dd>
        </div>
        <div>
          <dt className="caption">Certificate</dt>
          <dd className="text-[15px] leading-snug">
            {renewedAt === null
              ? `Your own, good until ${dayWords(until)}. Replace its files in time; they are read again by themselves.`
              : `Good until ${dayWords(until)}. It is renewed by itself on ${dayWords(renewedAt)}, or when the machine’s name or address changes.`}
          </dd>
        </div>
        {fingerprint !== null && (
          <div>
            <dt className="caption">Fingerprint to compare (SHA-256)</dt>
            <dd className="mt-1 rounded-control bg-wash px-3 py-2 font-mono text-[13px] leading-relaxed break-all">
              {fingerprint}
            </dd>
          </div>
        )}
      </dl>
      <Button onClick={() => setShowing(true)}>
        <Smartphone aria-hidden className="size-5" /> Open on another device
      </Button>
      {showing && <OpenOnPhone serving={serving} onClose={() => setShowing(false)} />}
    </>
  )
}
