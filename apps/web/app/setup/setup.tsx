'use client'

import { useMutation, useQuery } from '@tanstack/react-query'
import { ArrowLeft, Check, X } from 'lucide-react'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react'
import { BrandMark } from '#web/parts/brand-mark.tsx'
import { Button } from '#web/parts/button.tsx'
import { cn } from '#web/parts/class-names.ts'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { problemOf } from '#web/trpc/problem.ts'
import type { Suggestions } from '#web/trpc/types.ts'
import {
  type Draft,
  newDraft,
  placeOf,
  planOf,
  STEPS,
  type Step,
  stepOfProblem,
  stepProblems,
} from './draft.ts'
import { PassphraseStep } from './passphrase-step.tsx'
import { Summary } from './summary.tsx'
import { type WhatAction, whatAfter } from './what.ts'
import { WhatStep } from './what-step.tsx'
import { WhenStep } from './when-step.tsx'
import { WhereStep } from './where-step.tsx'

const STEP_NAMES: Readonly<Record<Step, string>> = {
  what: 'What',
  where: 'Where',
  passphrase: 'Passphrase',
  when: 'When',
}

/** What each step gets: the draft, the way to change it, and what is wrong beside which field. */
export type StepProps = {
  readonly draft: Draft
  readonly change: (change: Partial<Draft>) => void
  readonly problems: Readonly<Record<string, string>>
}

/** Sets up one plan in four steps and starts its first run. */
export function Setup() {
  const trpc = useTRPC()
  const suggestions = useQuery(
    trpc.setup.suggestions.queryOptions(undefined, { staleTime: Number.POSITIVE_INFINITY }),
  )
  if (suggestions.data !== undefined) return <Steps suggestions={suggestions.data} />
  return (
    <Frame step="what" reached="what" onStep={() => {}}>
      <h1 className="text-soft">Looking at this machine…</h1>
      {suggestions.isError && <ProblemCard className="mt-4" problem={problemOf(suggestions.error)} />}
    </Frame>
  )
}

function Steps({ suggestions }: { suggestions: Suggestions }) {
  const [draft, setDraft] = useState(() => newDraft(suggestions))
  const [step, setStep] = useState<Step>('what')
  const [reached, setReached] = useState<Step>('what')
  const [shown, setShown] = useState<Readonly<Record<string, string>>>({})
  const look = useLookAtPlace()
  const create = useCreate((problem) => go(stepOfProblem(problem)))
  const answer = create.isError ? problemOf(create.error) : undefined

  const change = (part: Partial<Draft>) => {
    setDraft((now) => ({ ...now, ...part }))
    setShown({})
    if (look.isError) look.reset()
    if (create.isError) create.reset()
  }
  const act = useCallback((action: WhatAction) => {
    setDraft((now) => ({ ...now, what: whatAfter(now.what, action) }))
    if (action.type !== 'counted' && action.type !== 'previewed') setShown({})
  }, [])
  const go = (to: Step) => {
    setStep(to)
    if (STEPS.indexOf(to) > STEPS.indexOf(reached)) setReached(to)
  }
  const next = async () => {
    const problems = stepProblems(step, draft)
    setShown(problems)
    if (Object.keys(problems).length > 0) return
    if (step === 'when') return create.mutate(draft)
    if (step === 'where') {
      const findings = await look.mutateAsync(draft)
      setDraft((now) => ({ ...now, findings }))
      if (findings.kind === 'occupied' || findings.kind === 'unreachable') return
    }
    go(STEPS[STEPS.indexOf(step) + 1] ?? step)
  }

  const here = answer !== undefined && stepOfProblem(answer) === step ? answer : undefined
  const problems = { ...shown, ...fieldSentences(here?.fields ?? {}) }
  const busy = look.isPending || create.isPending || create.isSuccess
  const props: StepProps = { draft, change, problems }
  return (
    <Frame step={step} reached={reached} onStep={go} aside={<Summary draft={draft} reached={reached} />}>
      <form
        className="grid gap-6"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          // What fails shows from the mutation's own state.
          next().catch(() => undefined)
        }}
      >
        {step === 'what' && <WhatStep {...props} act={act} />}
        {step === 'where' && <WhereStep {...props} />}
        {step === 'passphrase' && <PassphraseStep {...props} />}
        {step === 'when' && <WhenStep {...props} />}
        {look.isError && <ProblemCard problem={problemOf(look.error)} />}
        {here !== undefined && <ProblemCard problem={here} />}
        <div className="flex gap-3">
          {step !== 'what' && (
            <Button className="min-h-13 rounded-2xl bg-card" disabled={busy} onClick={() => go(before(step))}>
              <ArrowLeft aria-hidden className="size-5" /> Back
            </Button>
          )}
          <Button look="primary" size="main" type="submit" disabled={busy}>
            {busy
              ? step === 'when'
                ? 'Making the vault…'
                : 'Looking…'
              : step === 'when'
                ? 'Start the first backup'
                : 'Continue'}
          </Button>
        </div>
      </form>
    </Frame>
  )
}

function useLookAtPlace() {
  const client = useTRPCClient()
  return useMutation({
    mutationFn: (draft: Draft) => client.setup.inspectPlace.mutate({ place: placeOf(draft) }),
  })
}

/** Makes the plan, starts its first run and goes to where it can be watched. */
function useCreate(onProblem: (problem: ReturnType<typeof problemOf>) => void) {
  const client = useTRPCClient()
  const router = useRouter()
  return useMutation({
    mutationFn: async (draft: Draft) => {
      const plan = await client.plan.create.mutate(planOf(draft))
      try {
        return (await client.run.start.mutate({ planId: plan.id })).id
      } catch (error) {
        // The plan stands; its schedule may have been faster than this page. Ops shows what is.
        console.warn('The first run was not started by hand:', error)
        return undefined
      }
    },
    onSuccess: (runId) => router.push(runId === undefined ? '/ops/' : `/ops/?run=${runId}`),
    onError: (error) => onProblem(problemOf(error)),
  })
}

function Frame(props: {
  step: Step
  reached: Step
  onStep: (step: Step) => void
  aside?: ReactNode
  children: ReactNode
}) {
  const top = useRef<HTMLDivElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: each step begins at its headline.
  useEffect(() => {
    window.scrollTo({ top: 0 })
    top.current?.focus({ preventScroll: true })
  }, [props.step])
  return (
    <div className="side:grid side:grid-cols-[232px_minmax(0,1fr)]">
      <nav
        aria-label="Steps"
        className="sticky top-0 z-10 border-line border-b bg-paper px-5 pt-[env(safe-area-inset-top)] side:h-dvh side:border-r side:border-b-0 side:px-4 side:py-5"
      >
        <div className="flex min-h-14 items-center justify-between side:mb-4 side:pl-3">
          <span className="flex items-center gap-3 text-sea">
            <BrandMark className="h-6 side:h-7" />
            <span className="whitespace-nowrap text-[17px] font-bold tracking-tight text-ink side:text-[20px]">
              Holdfast
            </span>
          </span>
          <Button asChild look="plain" size="icon" className="-mr-2 side:mr-0">
            <Link href="/" aria-label="Leave set-up">
              <X aria-hidden className="size-5" />
            </Link>
          </Button>
        </div>
        <ol className="mx-auto grid max-w-2xl grid-cols-[1fr_1fr_1.4fr_1fr] gap-1.5 pb-3 side:grid-cols-1 side:gap-1">
          {STEPS.map((step, i) => (
            <li key={step}>
              <StepMark
                name={STEP_NAMES[step]}
                number={i + 1}
                here={step === props.step}
                done={i < STEPS.indexOf(props.step)}
                open={i <= STEPS.indexOf(props.reached)}
                onGo={() => props.onStep(step)}
              />
            </li>
          ))}
        </ol>
      </nav>
      <div className="mx-auto grid w-full max-w-[720px] gap-12 px-5 pt-6 pb-12 rail:px-8 side:mx-0 side:px-14 side:pt-11 wide:max-w-[1120px] wide:grid-cols-[minmax(0,1fr)_300px]">
        <main>
          <div ref={top} tabIndex={-1} className="outline-none" />
          {props.children}
        </main>
        {props.aside}
      </div>
    </div>
  )
}

function StepMark(props: {
  name: string
  number: number
  here: boolean
  done: boolean
  open: boolean
  onGo: () => void
}) {
  return (
    <button
      type="button"
      disabled={!props.open || props.here}
      aria-current={props.here ? 'step' : undefined}
      onClick={props.onGo}
      className={cn(
        'grid min-h-11 w-full content-center gap-1.5 rounded-xl text-left text-[12.5px] text-soft disabled:cursor-default side:flex side:items-center side:gap-3 side:px-3 side:text-[16px]',
        props.here && 'font-semibold text-sea side:bg-wash',
        props.open && !props.here && 'text-ink hover:text-sea',
      )}
    >
      <span
        aria-hidden
        className={cn('h-1 rounded-full side:hidden', props.here || props.done ? 'bg-sea' : 'bg-line')}
      />
      <span
        aria-hidden
        className={cn(
          'num hidden size-7 shrink-0 place-items-center rounded-full border-[1.5px] border-line text-[13px] font-semibold side:grid',
          (props.here || props.done) && 'border-sea bg-sea text-on-sea',
        )}
      >
        {props.done ? <Check className="size-4" strokeWidth={3} /> : props.number}
      </span>
      <span className="truncate">{props.name}</span>
    </button>
  )
}

function before(step: Step): Step {
  return STEPS[STEPS.indexOf(step) - 1] ?? 'what'
}

/** The first sentence for each field; a nested field counts for its group too. */
function fieldSentences(fields: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  const flat = Object.entries(fields).flatMap(([field, [sentence]]) => {
    if (sentence === undefined) return []
    return [[field, sentence] as const, [field.split('.')[0] ?? field, sentence] as const]
  })
  return Object.fromEntries(flat)
}
