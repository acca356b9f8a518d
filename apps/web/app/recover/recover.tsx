'use client'

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { OpenedKit } from '#web/trpc/types.ts'
import { FilesStep } from './files-step.tsx'
import { MachineStep } from './machine-step.tsx'
import { OpenStep } from './open-step.tsx'
import { RecoverFrame } from './recover-frame.tsx'

const LOOK_MS = 1000

/** Brings a machine back into this one: open its vault, choose it, bring its files back. */
export function Recover() {
  const trpc = useTRPC()
  const [found, setFound] = useState<OpenedKit>()
  const state = useQuery(
    trpc.recover.state.queryOptions(undefined, {
      refetchInterval: ({ state: { data } }) => (data?.restoring === true ? LOOK_MS : false),
    }),
  )
  if (state.isError)
    return (
      <RecoverFrame step="Open">
        <ProblemCard problem={problemOf(state.error)} />
      </RecoverFrame>
    )
  if (state.data === undefined)
    return (
      <RecoverFrame step="Open">
        <h1 className="text-soft">Looking…</h1>
      </RecoverFrame>
    )
  if (state.data.kind === 'recovered') return <FilesStep state={state.data} />
  if (state.data.kind === 'set-up') return <NotEmpty />
  return found === undefined ? (
    <OpenStep onOpen={setFound} />
  ) : (
    <MachineStep found={found} onBack={() => setFound(undefined)} />
  )
}

function NotEmpty() {
  const problem = {
    ...{ code: 'HOME_NOT_EMPTY', sentence: 'There are plans on this machine already.', fields: {} },
    next: 'A machine comes back into an empty Holdfast. To bring single files back, use Restore.',
  }
  return (
    <RecoverFrame step="Open">
      <h1>This machine is set up already.</h1>
      <ProblemCard problem={problem} />
    </RecoverFrame>
  )
}
