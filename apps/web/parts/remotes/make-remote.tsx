'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { RemoteConversation } from '#web/trpc/types.ts'
import { Dialog } from '../dialog.tsx'
import { ProblemCard } from '../problem-card.tsx'
import { ChooseProvider } from './choose-provider.tsx'
import { ProviderForm, type Typed } from './provider-form.tsx'
import { RemoteQuestion } from './remote-question.tsx'
import { SignInStep } from './sign-in-step.tsx'

type MakeRemoteProps = {
  /** The remote to change; a new one without it. */
  readonly name?: string | undefined
  /** Goes straight to signing in again. */
  readonly signInAgain?: boolean | undefined
  readonly onSaved: (name: string) => void
  readonly onClose: () => void
}

/** Makes or changes a remote: choose a kind, fill its form, answer what rclone asks, sign in. */
export function MakeRemote({ name, signInAgain, onSaved, onClose }: MakeRemoteProps) {
  const [type, setType] = useState<string>()
  const talk = useConversation(onSaved)
  const leave = () => {
    talk.giveUp()
    onClose()
  }
  const { now } = talk
  const asks = now?.kind === 'question' || now?.kind === 'sign-in'
  return (
    <Dialog
      open
      keepOpen
      onOpenChange={(open) => open || leave()}
      title={
        name === undefined
          ? type === undefined
            ? 'Where is your storage?'
            : 'Add a remote'
          : `Change ${name}`
      }
      {...(type === undefined &&
        name === undefined && { description: 'Holdfast speaks to all that the installed rclone knows.' })}
    >
      {name === undefined && type === undefined && <ChooseProvider onChoose={setType} />}
      {name === undefined && type !== undefined && (
        <Kept hidden={asks}>
          <NewRemote
            type={type}
            talk={talk}
            onBack={() => {
              talk.giveUp()
              setType(undefined)
            }}
          />
        </Kept>
      )}
      {name !== undefined && (
        <Kept hidden={asks}>
          <ChangedRemote name={name} signInAgain={signInAgain === true} talk={talk} />
        </Kept>
      )}
      {now?.kind === 'question' && (
        <RemoteQuestion
          key={now.option.name}
          question={now}
          busy={talk.busy}
          onAnswer={(text) => talk.answer({ id: now.id, text })}
        />
      )}
      {now?.kind === 'sign-in' && <SignInStep step={now} onStep={talk.take} />}
      {talk.error !== undefined && <ProblemCard problem={talk.error} />}
    </Dialog>
  )
}

/** What was typed stays typed while something else is asked. */
function Kept({ hidden, children }: { hidden: boolean; children: ReactNode }) {
  return <div hidden={hidden}>{children}</div>
}

type Talk = ReturnType<typeof useConversation>

function NewRemote({ type, talk, onBack }: { type: string; talk: Talk; onBack: () => void }) {
  const trpc = useTRPC()
  const provider = useQuery(trpc.remote.provider.queryOptions({ id: type }, { staleTime: 300_000 }))
  const remotes = useQuery(trpc.remote.list.queryOptions())
  if (provider.isError) return <ProblemCard problem={problemOf(provider.error)} />
  if (provider.data === undefined || remotes.isPending) return <p className="note">Looking…</p>
  return (
    <ProviderForm
      provider={provider.data}
      remotes={remotes.data ?? []}
      busy={talk.busy}
      now={talk.now}
      onSubmit={(typed) => talk.start({ ...typed, type })}
      onSave={talk.save}
      onBack={onBack}
    />
  )
}

function ChangedRemote(props: { name: string; signInAgain: boolean; talk: Talk }) {
  const { name, talk } = props
  const trpc = useTRPC()
  const details = useQuery(trpc.remote.details.queryOptions({ name }, { staleTime: 0, gcTime: 0 }))
  const remotes = useQuery(trpc.remote.list.queryOptions())
  const { data } = details
  const begun = useRef(false)
  useEffect(() => {
    if (!props.signInAgain || data === undefined || begun.current) return
    begun.current = true
    talk.start({ name, type: data.provider.id, values: {}, change: { cleared: [], signInAgain: true } })
  })
  if (details.isError) return <ProblemCard problem={problemOf(details.error)} />
  if (data === undefined || remotes.isPending) return <p className="note">Looking…</p>
  return (
    <ProviderForm
      provider={data.provider}
      remotes={(remotes.data ?? []).filter((remote) => remote.name !== name)}
      details={data}
      busy={talk.busy}
      now={talk.now}
      onSubmit={(typed) => talk.start({ ...typed, type: data.provider.id })}
      onSave={talk.save}
    />
  )
}

type Begin = Typed & { readonly type: string }

/** The conversation with the agent: what stands now, and what may be said. */
function useConversation(onSaved: (name: string) => void) {
  const client = useTRPCClient()
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const [now, setNow] = useState<RemoteConversation>()
  const open = now !== undefined && now.kind !== 'problems' && now.kind !== 'saved' ? now.id : undefined

  const take = (step: RemoteConversation) => {
    setNow(step)
    if (step.kind !== 'saved') return
    // What is shown of remotes elsewhere is old now.
    queryClient.invalidateQueries(trpc.remote.pathFilter()).catch(() => undefined)
    queryClient.invalidateQueries(trpc.setup.remotes.queryFilter()).catch(() => undefined)
    onSaved(step.name)
  }
  const start = useMutation({
    mutationFn: (begin: Begin) =>
      client.remote.start.mutate({ ...begin, ...(open === undefined ? {} : { replaces: open }) }),
    onSuccess: take,
  })
  const answer = useMutation({
    mutationFn: (input: { id: string; text: string }) => client.remote.answer.mutate(input),
    onSuccess: take,
  })
  const save = useMutation({
    mutationFn: (input: { id: string; force: boolean }) => client.remote.save.mutate(input),
    onSuccess: take,
  })
  const acts = [start, answer, save]
  const failed = acts.find((act) => act.isError)
  return {
    now,
    take,
    busy: acts.some((act) => act.isPending),
    error: failed === undefined ? undefined : problemOf(failed.error),
    start: (begin: Begin) => {
      for (const act of acts) act.reset()
      start.mutate(begin)
    },
    answer: answer.mutate,
    save: save.mutate,
    giveUp: () => {
      setNow(undefined)
      for (const act of acts) act.reset()
      // A draft that could not be given up now ends by itself.
      if (open !== undefined) client.remote.cancel.mutate({ id: open }).catch(() => undefined)
    },
  }
}
