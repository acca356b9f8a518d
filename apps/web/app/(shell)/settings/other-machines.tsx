'use client'

import { formatAge } from '@holdfast/domain'
import { useMutation } from '@tanstack/react-query'
import { Plus, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { Card } from '#web/parts/card.tsx'
import { useNow } from '#web/parts/now.ts'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { StateBadge } from '#web/parts/state-badge.tsx'
import { useTRPCClient } from '#web/trpc/client.ts'
import { useMachines } from '#web/trpc/machines-query.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { WatchedMachine } from '#web/trpc/types.ts'
import { silenceWords, stateOf } from '#web/words/machine-words.ts'
import { AddMachine } from './add-machine.tsx'
import { MachineSilence } from './machine-silence.tsx'
import { RemoveMachine } from './remove-machine.tsx'

/** The machines that this one watches, and the way to watch another. */
export function OtherMachines({ owner, operator }: { owner: boolean; operator: boolean }) {
  const machines = useMachines()
  const [adding, setAdding] = useState(false)
  const watched = machines.data ?? []
  return (
    <Card>
      <h2>Other machines</h2>
      {machines.isError && <ProblemCard className="mt-3" problem={problemOf(machines.error)} />}
      {machines.data !== undefined && watched.length === 0 && <NoneYet owner={owner} />}
      <ul className="mt-2 divide-y divide-line empty:hidden">
        {watched.map((machine) => (
          <MachineRow key={machine.id} machine={machine} owner={owner} operator={operator} />
        ))}
      </ul>
      {owner && (
        <Button className="mt-3 w-full" onClick={() => setAdding(true)}>
          <Plus aria-hidden className="size-5" /> Add a machine
        </Button>
      )}
      {adding && <AddMachine onClose={() => setAdding(false)} />}
    </Card>
  )
}

function NoneYet({ owner }: { owner: boolean }) {
  return (
    <div className="note mt-1 grid gap-2">
      <p>
        Does Holdfast run on another machine too? Watched from here, it stands on the home screen beside this
        one, and you are told when it is silent for too long.
      </p>
      {owner ? (
        <p>
          It has to serve your network: run <code className="whitespace-nowrap">holdfast lan on</code> there,
          or switch on “On the home network” in its settings.
        </p>
      ) : (
        <p>An owner adds it here.</p>
      )}
    </div>
  )
}

function MachineRow(props: { machine: WatchedMachine; owner: boolean; operator: boolean }) {
  const { machine, owner, operator } = props
  const now = useNow()
  const client = useTRPCClient()
  const [open, setOpen] = useState<'silence' | 'remove'>()
  // Its answer comes as an event, to this screen and every other.
  const ask = useMutation({ mutationFn: () => client.machine.ask.mutate({ id: machine.id }) })
  const { name, origin, heardAt, silentAfterHours, problem } = machine
  const close = () => setOpen(undefined)
  return (
    <li className="grid gap-2 py-3">
      <div className="flex flex-wrap items-start justify-between gap-x-3 gap-y-1">
        <div className="min-w-min max-w-full flex-1">
          <p className="font-semibold leading-snug [overflow-wrap:break-word]">{name}</p>
          <p className="caption break-all">{origin}</p>
        </div>
        <StateBadge state={stateOf(machine, now).state} />
      </div>
      <p className="caption num">
        {ask.isPending
          ? 'Asking…'
          : `heard ${formatAge(now.getTime() - Date.parse(heardAt))}, you are told after ${silenceWords(silentAfterHours)} of silence`}
      </p>
      {/* The line above grows older all the time, and is not to be read out each time. */}
      <p role="status" className="sr-only">
        {ask.isSuccess && (ask.data.problem?.sentence ?? `${name} answers.`)}
      </p>
      {problem !== null && !ask.isPending && (
        <p className="note flex items-start gap-1.5">
          <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-risk" />
          <span className="min-w-0 [overflow-wrap:anywhere]">
            {problem.sentence} {problem.next}
          </span>
        </p>
      )}
      {ask.isError && <ProblemCard problem={problemOf(ask.error)} />}
      {operator && (
        <div className="flex flex-wrap gap-1.5">
          <Button
            className="px-3.5"
            aria-label={`Ask now: ${name}`}
            disabled={ask.isPending}
            onClick={() => ask.mutate()}
          >
            Ask now
          </Button>
          {owner && (
            <>
              <Button className="px-3.5" aria-label={`Silence of ${name}`} onClick={() => setOpen('silence')}>
                Silence
              </Button>
              <Button
                look="danger"
                className="px-3.5"
                aria-label={`Remove ${name}`}
                onClick={() => setOpen('remove')}
              >
                Remove
              </Button>
            </>
          )}
        </div>
      )}
      {open === 'silence' && <MachineSilence machine={machine} onClose={close} />}
      {open === 'remove' && <RemoveMachine machine={machine} onClose={close} />}
    </li>
  )
}
