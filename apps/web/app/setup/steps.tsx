'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ArrowLeft } from 'lucide-react'
import { useCallback, useEffect, useRef, useState } from 'react'
import { Button } from '#web/parts/button.tsx'
import { ProblemCard } from '#web/parts/problem-card.tsx'
import { useTRPC, useTRPCClient } from '#web/trpc/client.ts'
import { type Problem, problemOf } from '#web/trpc/problem.ts'
import type { Suggestions } from '#web/trpc/types.ts'
import {
  type Draft,
  fieldOfProblem,
  needsPassphrase,
  opensVault,
  placeOf,
  planOf,
  STEPS,
  type Step,
  stepOfProblem,
  stepProblems,
} from './draft.ts'
import { keepDraft, keptDraft, type Standing } from './kept-draft.ts'
import { PassphraseStep } from './passphrase-step.tsx'
import { STEP_BODY, StepActions, StepsFrame } from './steps-frame.tsx'
import { Summary } from './summary.tsx'
import { type WhatAction, whatAfter } from './what.ts'
import { TotalLine, WhatStep } from './what-step.tsx'
import { WhenStep } from './when-step.tsx'
import { WhereStep } from './where-step.tsx'

/** What each step gets: the draft, the way to change it, and what is wrong beside which field. */
export type StepProps = {
  readonly draft: Draft
  readonly change: (change: Partial<Draft>) => void
  readonly problems: Readonly<Record<string, string>>
}

type StepsProps = {
  readonly suggestions: Suggestions
  /** The plan is made; undefined when its first run could not be started by hand. */
  readonly onStarted: (runId: string | undefined) => void
}

/** The four steps that ask. What was typed stays when one goes back, leaves, or loads the page anew. */
export function Steps({ suggestions, onStarted }: StepsProps) {
  const [{ draft, step, reached }, setStanding] = useState<Standing>(() =>
    keptDraft(sessionStorage, suggestions),
  )
  const [shown, setShown] = useState<Readonly<Record<string, string>>>({})
  const [tries, setTries] = useState(0)
  const look = useLook()
  const create = useCreate()
  const asked = look.isError ? look.error : create.isError ? create.error : undefined
  const answer = asked === undefined || asked === null ? undefined : problemOf(asked)
  useEffect(() => keepDraft(sessionStorage, { draft, step, reached }), [draft, step, reached])
  const form = useFocusOnProblem(tries)

  const setDraft = (after: (draft: Draft) => Draft) =>
    setStanding((now) => ({ ...now, draft: after(now.draft) }))
  const change = (part: Partial<Draft>) => {
    setDraft((now) => ({ ...now, ...part }))
    setShown({})
    look.reset()
    create.reset()
  }
  const act = useCallback((action: WhatAction) => {
    setStanding((now) => ({
      ...now,
      draft: { ...now.draft, what: whatAfter(now.draft.what, action) },
    }))
    if (action.type !== 'counted' && action.type !== 'previewed') setShown({})
  }, [])
  useFoundPresets(draft, act)
  const go = (to: Step) => {
    look.reset()
    setStanding((now) => ({
      ...now,
      ...{ step: to, reached: STEPS.indexOf(to) > STEPS.indexOf(now.reached) ? to : now.reached },
    }))
  }

  const start = async () => {
    try {
      onStarted(await create.mutateAsync(draft))
    } catch (error) {
      go(stepOfProblem(problemOf(error)))
      setTries((before) => before + 1)
    }
  }
  const next = async () => {
    create.reset()
    setTries((before) => before + 1)
    // At the end all is looked at once more: after a reload a step may have been passed long ago.
    for (const asked of step === 'when' ? ([step, ...STEPS] as const) : [step]) {
      const problems = stepProblems(asked, draft, new Date())
      setShown(problems)
      if (Object.keys(problems).length > 0) return go(asked)
    }
    if (step === 'when') return start()
    const findings = await look.mutateAsync({ step, draft })
    if (findings !== undefined) {
      setDraft((now) => ({ ...now, findings }))
      if (findings.kind === 'occupied' || findings.kind === 'unreachable') return
    }
    go(STEPS[STEPS.indexOf(step) + 1] ?? step)
  }

  const here = answer !== undefined && stepOfProblem(answer) === step ? answer : undefined
  const field = here && fieldOfProblem(here)
  const problems = { ...shown, ...(here !== undefined && field !== undefined && { [field]: said(here) }) }
  const busy = look.isPending || create.isPending || create.isSuccess
  // Right after a reload of the last step, what the machine has is not known yet.
  const early = step === 'when' && draft.what.presets === undefined
  const props: StepProps = { draft, change, problems }
  return (
    <StepsFrame
      step={step}
      reached={reached}
      {...(!busy && { onStep: go })}
      aside={<Summary draft={draft} reached={reached} />}
    >
      <form
        ref={form}
        className={STEP_BODY}
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          // What fails shows from the mutation's own state.
          next().catch(() => setTries((before) => before + 1))
        }}
      >
        {step === 'what' && <WhatStep {...props} act={act} />}
        {step === 'where' && <WhereStep {...props} />}
        {step === 'passphrase' && <PassphraseStep {...props} />}
        {step === 'when' && <WhenStep {...props} />}
        {answer !== undefined && field === undefined && (here !== undefined || look.isError) && (
          <ProblemCard problem={answer} />
        )}
        <StepActions>
          {step === 'what' && <TotalLine what={draft.what} problem={problems.sources} />}
          <div className="flex gap-3 max-[20rem]:flex-col-reverse">
            {step !== 'what' && (
              <Button
                className="min-h-13 rounded-2xl bg-card"
                disabled={busy}
                onClick={() => go(before(step))}
              >
                <ArrowLeft aria-hidden className="size-5" /> Back
              </Button>
            )}
            <Button look="primary" size="main" type="submit" disabled={busy || early}>
              {early
                ? BUSY_WORDS.what
                : busy
                  ? BUSY_WORDS[step]
                  : step === 'when'
                    ? 'Start the first backup'
                    : 'Continue'}
            </Button>
          </div>
        </StepActions>
      </form>
    </StepsFrame>
  )
}

const BUSY_WORDS: Readonly<Record<Step, string>> = {
  what: 'Looking…',
  where: 'Looking at the place…',
  passphrase: 'Opening the vault…',
  when: 'Making the vault…',
}

/** What the machine has is known also when a reload opens a later step. */
function useFoundPresets({ what }: Draft, act: (action: WhatAction) => void) {
  const trpc = useTRPC()
  const enabled = what.presets === undefined
  const { data } = useQuery(trpc.source.presets.queryOptions(undefined, { staleTime: 0, enabled }))
  useEffect(() => {
    if (enabled && data !== undefined) act({ type: 'found', presets: data })
  }, [enabled, data, act])
}

/** What the machine has to say before a step is left: what lies at the place, and whether a passphrase opens it. */
function useLook() {
  const client = useTRPCClient()
  return useMutation({
    mutationFn: async ({ step, draft }: { step: Step; draft: Draft }) => {
      const place = placeOf(draft)
      if (step === 'where') return await client.setup.inspectPlace.mutate({ place })
      if (step !== 'passphrase' || !opensVault(draft) || !needsPassphrase(draft)) return undefined
      const { passphrase } = draft
      const { snapshots } = await client.setup.tryPassphrase.mutate({ place, passphrase })
      return { kind: 'vault' as const, encrypted: true, snapshots }
    },
  })
}

/** Makes the plan and starts its first run; resolves to the run. */
function useCreate() {
  const client = useTRPCClient()
  const letStart = useLetMachineStart()
  return useMutation({
    mutationFn: async (draft: Draft) => {
      const plan = await client.plan.create.mutate(planOf(draft))
      if (draft.starts) await letStart()
      try {
        return (await client.run.start.mutate({ planId: plan.id })).id
      } catch (error) {
        // The plan stands; its schedule may have been faster than this page. Ops shows what is.
        console.warn('The first run was not started by hand:', error)
        return undefined
      }
    },
  })
}

/** Installs the service where that is offered. The plan stands without: the last step shows whether it does. */
function useLetMachineStart() {
  const client = useTRPCClient()
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  return async () => {
    try {
      const status = await client.service.status.query()
      const offered = status.kind === 'systemd' && !status.enabled
      const after = offered ? await client.service.install.mutate() : status
      queryClient.setQueryData(trpc.service.status.queryKey(), after)
    } catch (error) {
      console.warn('The service was not installed:', error)
    }
  }
}

/** After each try the first field with a problem is gone to, wherever it stands in a long step. */
function useFocusOnProblem(tries: number) {
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    if (tries > 0) form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
  }, [tries])
  return form
}

/** A problem as one text beside its field. */
function said(problem: Problem): string {
  const sentence = Object.values(problem.fields)[0]?.[0] ?? problem.sentence
  return `${sentence} ${problem.next}`
}

function before(step: Step): Step {
  return STEPS[STEPS.indexOf(step) - 1] ?? 'what'
}
