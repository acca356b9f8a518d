'use client'

import {
  type FormField,
  type Provider,
  type RemoteValues,
  remoteForm,
  remoteNameProblem,
} from '@holdfast/domain'
import { ArrowLeft, ChevronDown } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import type { RemoteConversation, RemoteDetails, RemoteInfo } from '#web/trpc/types.ts'
import { Button } from '../button.tsx'
import { TextField } from '../field.tsx'
import { ProblemCard } from '../problem-card.tsx'
import { OptionField } from './option-field.tsx'

/** What a filled form means to the agent. */
export type Typed = {
  readonly name: string
  readonly values: RemoteValues
  readonly change?: { readonly cleared: string[]; readonly signInAgain: boolean }
}

type ProviderFormProps = {
  readonly provider: Provider
  /** The other remotes: their names are taken, and one may be built upon them. */
  readonly remotes: readonly RemoteInfo[]
  readonly details?: RemoteDetails
  readonly busy: boolean
  readonly now: RemoteConversation | undefined
  readonly onSubmit: (typed: Typed) => void
  readonly onSave: (how: { id: string; force: boolean }) => void
  readonly onBack?: () => void
}

/** The form of a kind of storage, made from what rclone says of its options. */
export function ProviderForm(props: ProviderFormProps) {
  const { provider, remotes, details, now, busy } = props
  const [name, setName] = useState(details?.name ?? freeName(provider.id, remotes))
  const [typed, setTyped] = useState<RemoteValues>({})
  const [attempts, setAttempts] = useState(0)
  const tried = attempts > 0
  // What the agent refused counts until that field is typed in again.
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set())
  const kept = new Set(details?.kept)
  const form = remoteForm(provider, { ...details?.values, ...typed }, kept)
  const names = remotes.map((remote) => remote.name)
  const nameProblem = details === undefined ? remoteNameProblem(name, names) : undefined
  const refused = now?.kind === 'problems' ? now.fields : {}
  const problemOf = (field: string, own: string | undefined) =>
    (tried ? own : undefined) ?? (touched.has(field) ? undefined : refused[field])
  const set = (field: string, value: string) => {
    setTyped((before) => ({ ...before, [field]: value }))
    setTouched((before) => new Set([...before, field]))
  }
  const formElement = useRef<HTMLFormElement>(null)
  // What keeps it from going on is shown, wherever it stands in a long form.
  useEffect(() => {
    const invalid = formElement.current?.querySelector<HTMLElement>('[aria-invalid=true]')
    if (attempts > 0 && invalid !== null && invalid !== undefined) invalid.focus()
  }, [attempts])
  const refusal = useRef<HTMLDivElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: each refusal is a new one.
  useEffect(() => {
    // In braces: newer browsers answer with a promise, which React would take for a way to clean up.
    refusal.current?.scrollIntoView({ block: 'end' })
  }, [now])
  const submit = () => {
    setAttempts((before) => before + 1)
    setTouched(new Set())
    if (nameProblem !== undefined || Object.keys(form.problems).length > 0) return
    props.onSubmit({ name, ...toSend(typed, details) })
  }
  const fields = (some: readonly FormField[]) =>
    some.map((field) => (
      <OptionField
        key={`${field.option.name} ${field.option.provider}`}
        field={{ ...field, problem: problemOf(field.option.name, field.problem) }}
        remotes={names}
        onChange={(value) => set(field.option.name, value)}
      />
    ))
  const advancedProblem = form.advanced.some(
    ({ option, problem }) => problemOf(option.name, problem) !== undefined,
  )
  return (
    <form
      ref={formElement}
      noValidate
      className="grid gap-5"
      onSubmit={(event) => {
        event.preventDefault()
        // It may lie in the set-up's own form.
        event.stopPropagation()
        submit()
      }}
    >
      {props.onBack !== undefined && (
        <div className="-mt-1 flex items-center gap-2">
          <Button
            look="plain"
            size="icon"
            aria-label="Another kind of storage"
            className="-ml-2"
            onClick={props.onBack}
          >
            <ArrowLeft aria-hidden className="size-5" />
          </Button>
          <h3 className="font-semibold">{provider.name}</h3>
        </div>
      )}
      {details === undefined && (
        <TextField
          label="Name"
          note="How you call it here."
          value={name}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          maxLength={40}
          onChange={(event) => {
            setName(event.target.value)
            setTouched((before) => new Set([...before, 'name']))
          }}
          problem={problemOf('name', nameProblem)}
        />
      )}
      {provider.signIn && details === undefined && (
        <p className="note">
          You sign in to {provider.name} in the next step. Nothing here has to be filled in.
        </p>
      )}
      {fields(form.needed)}
      {form.advanced.length > 0 && (
        <details className="group rounded-card border border-line" open={advancedProblem || undefined}>
          <summary className="flex min-h-12 items-center justify-between gap-2 rounded-card px-4 font-semibold text-[15px]">
            For experts
            <ChevronDown aria-hidden className="size-5 text-soft group-open:rotate-180" />
          </summary>
          <div className="grid gap-5 px-4 pt-1 pb-4">{fields(form.advanced)}</div>
        </details>
      )}
      {now?.kind === 'refused' && (
        <div ref={refusal}>
          <ProblemCard problem={{ ...now.problem, sentence: now.problem.message, fields: {} }}>
            <div className="mt-2 flex flex-wrap gap-2">
              <Button disabled={busy} onClick={() => props.onSave({ id: now.id, force: false })}>
                Try again
              </Button>
              <Button disabled={busy} onClick={() => props.onSave({ id: now.id, force: true })}>
                Save it anyway
              </Button>
            </div>
          </ProblemCard>
        </div>
      )}
      <Button look="primary" size="main" type="submit" disabled={busy}>
        {busy ? 'Connecting…' : provider.signIn && details === undefined ? 'Go on to sign in' : 'Connect'}
      </Button>
    </form>
  )
}

/** Only what was typed; what was emptied goes back to its default, but for a secret, which then stays. */
function toSend(typed: RemoteValues, details: RemoteDetails | undefined): Omit<Typed, 'name'> {
  const given = Object.entries(typed).filter(([, value]) => value !== '')
  const values = Object.fromEntries(given)
  if (details === undefined) return { values }
  const cleared = Object.keys(typed).filter((key) => typed[key] === '' && details.values[key] !== undefined)
  return { values, change: { cleared, signInAgain: false } }
}

function freeName(id: string, remotes: readonly RemoteInfo[]): string {
  const base = id.replace(/[^a-z0-9]+/gi, '-')
  const isTaken = (name: string) => remotes.some((remote) => remote.name.toLowerCase() === name.toLowerCase())
  for (let i = 1; i < 100; i += 1) {
    const name = i === 1 ? base : `${base}-${i}`
    if (!isTaken(name)) return name
  }
  return ''
}
