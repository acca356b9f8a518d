'use client'

import { useMutation, useQuery } from '@tanstack/react-query'
import { ExternalLink, LoaderCircle } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { RemoteConversation } from '#web/trpc/types.ts'
import { Button } from '../button.tsx'
import { Card } from '../card.tsx'
import { TextArea } from '../field.tsx'
import { ProblemCard } from '../problem-card.tsx'

type SignIn = Extract<RemoteConversation, { kind: 'sign-in' }>

const LOOK_EVERY_MS = 1000

/** Sends a person to the provider's page and waits for them; or takes what was printed on another machine. */
export function SignInStep({ step, onStep }: { step: SignIn; onStep: (step: RemoteConversation) => void }) {
  const { id, provider, signIn } = step
  const client = useTRPCClient()
  const trpc = useTRPC()
  const waits = signIn.state === 'waiting' || signIn.state === 'finishing'
  const look = useQuery(
    trpc.remote.conversation.queryOptions(
      { id },
      { enabled: waits, refetchInterval: LOOK_EVERY_MS, staleTime: 0, gcTime: 0 },
    ),
  )
  const seen = look.data
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was seen is told once.
  useEffect(() => {
    if (waits && seen !== undefined) onStep(seen)
  }, [seen])
  const begin = useMutation({
    mutationFn: () => client.remote.signIn.start.mutate({ id }),
    onSuccess: onStep,
  })
  const cancel = useMutation({
    mutationFn: () => client.remote.signIn.cancel.mutate({ id }),
    onSuccess: onStep,
  })
  const failed = begin.isError ? begin : cancel.isError ? cancel : look.isError ? look : undefined
  return (
    <div className="grid gap-5">
      <p className="text-soft">
        {provider} asks whether Holdfast may use your storage. The password stays between you and {provider}.
      </p>
      {signIn.state === 'waiting' ? (
        <Card className="grid gap-3">
          <p role="status" className="flex items-center gap-2 font-semibold">
            <LoaderCircle aria-hidden className="size-5 animate-spin text-sea" /> Waiting for you
          </p>
          <Button asChild look="primary" size="main">
            <a href={signIn.link} target="_blank" rel="noreferrer">
              <ExternalLink aria-hidden className="size-5" /> Open {provider}
            </a>
          </Button>
          <Button size="main" disabled={cancel.isPending} onClick={() => cancel.mutate()}>
            Cancel
          </Button>
        </Card>
      ) : (
        <Button
          look="primary"
          size="main"
          disabled={begin.isPending || signIn.state === 'finishing'}
          onClick={() => begin.mutate()}
        >
          {begin.isPending || signIn.state === 'finishing' ? 'One moment…' : `Sign in to ${provider}`}
        </Button>
      )}
      {signIn.state === 'failed' && (
        <ProblemCard problem={{ ...signIn.problem, sentence: signIn.problem.message, fields: {} }} />
      )}
      {failed !== undefined && <ProblemCard problem={problemOf(failed.error)} />}
      <Paste step={step} onStep={onStep} />
    </div>
  )
}

/** For a browser that is not on the machine, and for a machine without one. */
function Paste({ step, onStep }: { step: SignIn; onStep: (step: RemoteConversation) => void }) {
  const client = useTRPCClient()
  const [text, setText] = useState('')
  const paste = useMutation({
    mutationFn: () => client.remote.signIn.paste.mutate({ id: step.id, text }),
    onSuccess: (next) => {
      setText('')
      onStep(next)
    },
  })
  const problem = paste.isError ? problemOf(paste.error) : undefined
  const waiting = step.signIn.state === 'waiting'
  return (
    <div className="grid gap-3 border-line border-t pt-4">
      <p className="note">
        {waiting ? (
          <>
            Afterwards the browser goes to a page of the machine itself. On another device that page does not
            open: copy its address (<code className="font-mono text-[13px]">http://127.0.0.1…</code>) and
            paste it here.
          </>
        ) : (
          <>
            Or, where rclone is on a computer with a browser, run{' '}
            <code className="break-words font-mono text-[13px] text-ink">{step.command}</code> there and paste
            what it prints.
          </>
        )}
      </p>
      <TextArea
        label={waiting ? 'Address, or what rclone printed' : 'What rclone printed'}
        rows={3}
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        className="font-mono text-[13px]"
        value={text}
        onChange={(event) => setText(event.target.value)}
        problem={problem && `${problem.sentence} ${problem.next}`}
      />
      <Button disabled={text.trim() === '' || paste.isPending} onClick={() => paste.mutate()}>
        {paste.isPending ? 'One moment…' : 'Use what I pasted'}
      </Button>
    </div>
  )
}
