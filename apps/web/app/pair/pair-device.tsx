'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useEffect, useState } from 'react'
import { BrandMark } from '#web/parts/brand-mark.tsx'
import { Button } from '#web/parts/button.tsx'
import { TextField } from '#web/parts/field.tsx'
import { OneTimeCodeField } from '#web/parts/one-time-code-field.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPCClient } from '#web/trpc/client.ts'
import { keepDeviceSecret } from '#web/trpc/device-secret.ts'
import { problemOf } from '#web/trpc/problem.ts'
import { deviceName } from '#web/words/device-name.ts'
import { WaitToBeLetIn } from './wait-to-be-let-in.tsx'

/** Trades the one-time code that the machine printed for a place among its devices. */
export function PairDevice() {
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const router = useRouter()
  const [code, setCode] = useState('')
  const [name, setName] = useState('')

  useEffect(() => setName(deviceName(navigator.userAgent)), [])
  useEffect(() => {
    const takeFromUrl = () => {
      const fromUrl = location.hash.slice(1)
      if (fromUrl === '') return
      setCode(fromUrl)
      // A code in the address bar would stay in the history.
      history.replaceState(history.state, '', location.pathname)
    }
    takeFromUrl()
    window.addEventListener('hashchange', takeFromUrl)
    return () => window.removeEventListener('hashchange', takeFromUrl)
  }, [])

  const comeIn = async (secret: string) => {
    await keepDeviceSecret(secret)
    queryClient.clear()
    router.replace('/')
  }
  const pair = useMutation({
    mutationFn: () => client.device.pair.mutate({ code: code.trim(), name: name.trim() }),
    onSuccess: async (answer) => (answer.kind === 'paired' ? await comeIn(answer.secret) : undefined),
  })
  const waiting = pair.data?.kind === 'waiting' ? pair.data : undefined
  const verdict = useQuery({
    queryKey: ['pair', waiting?.ticket],
    queryFn: async () => {
      const answer = await client.device.collect.mutate({ ticket: waiting?.ticket ?? '' })
      if (answer.kind === 'paired') await comeIn(answer.secret)
      return answer
    },
    enabled: waiting !== undefined,
    // The answer is there once: asking again after it would be told that nobody let this device in.
    refetchInterval: ({ state }) => (state.data?.kind === 'paired' || state.error !== null ? false : 1500),
    retry: false,
    gcTime: 0,
  })
  const problem = pair.isError ? problemOf(pair.error) : undefined
  const besideCode = problem?.code === 'CODE_WRONG' ? problem.sentence : problem?.fields.code?.[0]
  const besideName = problem?.fields.name?.[0]
  if (waiting !== undefined)
    return (
      <WaitToBeLetIn
        number={waiting.number}
        problem={verdict.isError ? problemOf(verdict.error) : undefined}
        again={() => {
          setCode('')
          pair.reset()
        }}
      />
    )
  return (
    <main className="mx-auto grid min-h-dvh max-w-md content-center gap-6 px-5 py-10">
      <BrandMark className="h-11 justify-self-start text-sea" />
      <div>
        <h1>Pair this device.</h1>
        <p className="mt-2 text-soft">
          The machine printed a one-time code when Holdfast started there, or an owner’s screen shows one. It
          lets this device in, once.
        </p>
      </div>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          pair.mutate()
        }}
      >
        <OneTimeCodeField
          label="One-time code"
          code={code}
          onCode={setCode}
          autoComplete="one-time-code"
          problem={besideCode}
        />
        <TextField
          label="Name of this device"
          note="How it stands in the list of devices and in the audit trail."
          value={name}
          onChange={(event) => setName(event.target.value)}
          maxLength={60}
          required
          problem={besideName}
        />
        {problem !== undefined && besideCode === undefined && besideName === undefined && (
          <ProblemCard problem={problem} />
        )}
        <Button
          look="primary"
          size="main"
          type="submit"
          disabled={pair.isPending || code === '' || name === ''}
        >
          {pair.isPending ? 'Pairing…' : 'Pair'}
        </Button>
      </form>
      <p className="note">
        No code at hand? On a device that is paired: Settings, Add a device. On the machine:{' '}
        <code>holdfast device pair-code</code>.
      </p>
    </main>
  )
}
