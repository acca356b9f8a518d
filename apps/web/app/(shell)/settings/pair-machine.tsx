'use client'

import { USUAL_SILENCE_HOURS } from '@holdfast/domain'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { OneTimeCodeField } from '#web/parts/one-time-code-field.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { type Problem, problemOf } from '#web/trpc/problem.ts'
import { SilenceSelect } from './silence-select.tsx'

type PairProps = { readonly address: string; readonly fingerprint: string; readonly onAdded: () => void }

/** Trades a code of the other machine for a look at it; waits for its owner where the code came from a device. */
export function PairMachine({ address, fingerprint, onAdded }: PairProps) {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const [code, setCode] = useState('')
  const [hours, setHours] = useState(USUAL_SILENCE_HOURS)
  const finish = async () => {
    await queryClient.invalidateQueries(trpc.machine.list.queryFilter())
    onAdded()
  }
  const add = useMutation({
    mutationFn: () =>
      client.machine.add.mutate({ address, fingerprint, code: code.trim(), silentAfterHours: hours }),
    onSuccess: async ({ kind }) => (kind === 'added' ? await finish() : undefined),
  })
  const waiting = add.data?.kind === 'waiting' ? add.data : undefined
  const verdict = useQuery({
    queryKey: ['collect-machine', waiting?.ticket],
    queryFn: async () => {
      const answer = await client.machine.collect.mutate({ ticket: waiting?.ticket ?? '' })
      if (answer.kind === 'added') await finish()
      return answer
    },
    enabled: waiting !== undefined,
    // The answer is there once: asking again after it would be told that nobody let this machine in.
    refetchInterval: ({ state }) => (state.data?.kind === 'added' || state.error !== null ? false : 1500),
    retry: false,
    gcTime: 0,
  })
  if (waiting !== undefined)
    return (
      <WaitForOwner
        number={waiting.number}
        problem={verdict.isError ? problemOf(verdict.error) : undefined}
        again={() => {
          setCode('')
          add.reset()
        }}
      />
    )
  const problem = add.isError ? problemOf(add.error) : undefined
  const besideCode = problem?.code === 'CODE_WRONG' ? problem.sentence : problem?.fields.code?.[0]
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        add.mutate()
      }}
    >
      <OneTimeCodeField
        label="One-time code"
        note={
          <>
            <code className="whitespace-nowrap">holdfast device pair-code</code> prints one there; so does
            “Add a device” in its settings, with “Look”.
          </>
        }
        code={code}
        onCode={setCode}
        problem={besideCode}
      />
      <SilenceSelect hours={hours} onChoose={setHours} />
      {problem !== undefined && besideCode === undefined && <ProblemCard problem={problem} />}
      <Button look="primary" size="main" type="submit" disabled={add.isPending || code.trim() === ''}>
        {add.isPending ? 'Pairing…' : 'Watch it'}
      </Button>
    </form>
  )
}

function WaitForOwner(props: { number: string; problem: Problem | undefined; again: () => void }) {
  if (props.problem !== undefined)
    return (
      <>
        <ProblemCard problem={props.problem} />
        <Button look="primary" size="main" onClick={props.again}>
          Try another code
        </Button>
      </>
    )
  return (
    <>
      <p role="status">
        The owner who showed the code lets this machine in there, if their screen shows the same number.
      </p>
      <p className="num rounded-2xl bg-wash py-6 text-center font-mono font-semibold text-[44px] tracking-[0.2em]">
        {props.number}
      </p>
      <p className="note">
        It waits for five minutes. Keep this open; on that machine,{' '}
        <code className="whitespace-nowrap">holdfast device approve {props.number}</code> lets it in too.
      </p>
    </>
  )
}
