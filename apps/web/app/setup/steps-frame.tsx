'use client'

import { Check, X } from 'lucide-react'
import { type ReactNode, useEffect, useRef } from 'react'
import { BrandMark } from '#web/parts/brand-mark.tsx'
import { Button } from '#web/parts/button.tsx'
import { cn } from '#web/parts/class-names.ts'
import { Link } from '#web/parts/link.tsx'
import { ALL_STEPS, type AnyStep, type Step } from './draft.ts'

const STEP_NAMES: Readonly<Record<AnyStep, string>> = {
  what: 'What',
  where: 'Where',
  passphrase: 'Passphrase',
  when: 'When',
  proof: 'Proof',
}

type StepsFrameProps = {
  readonly step: AnyStep
  /** The furthest step that may be gone to. */
  readonly reached: AnyStep
  /** Absent when there is no way back: what was asked is done. */
  readonly onStep?: (step: Step) => void
  readonly aside?: ReactNode
  readonly children: ReactNode
}

/** The five steps of the set-up around the one that is open: above it on a phone, beside it on a desktop. */
export function StepsFrame({ step: here, reached, onStep, aside, children }: StepsFrameProps) {
  const top = useRef<HTMLDivElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: each step begins at its headline.
  useEffect(() => {
    window.scrollTo({ top: 0 })
    top.current?.focus({ preventScroll: true })
  }, [here])
  return (
    <div className="side:grid side:grid-cols-[232px_minmax(0,1fr)]">
      <nav
        aria-label="Steps"
        className="sticky top-0 z-20 border-line border-b bg-paper px-5 pt-[env(safe-area-inset-top)] rail:px-8 side:h-dvh side:border-r side:border-b-0 side:px-4 side:py-5"
      >
        <div className="flex min-h-14 items-center justify-between gap-2 side:mb-4 side:pl-3">
          <span className="flex items-center gap-3 text-sea">
            <BrandMark className="h-6 side:h-7" />
            <span className="whitespace-nowrap text-[17px] font-bold tracking-tight text-ink side:text-[20px]">
              Holdfast
            </span>
          </span>
          <span className="num note text-center [overflow-wrap:normal] side:hidden">
            Step {ALL_STEPS.indexOf(here) + 1} of {ALL_STEPS.length}
          </span>
          <Button asChild look="plain" size="icon" className="-mr-2 side:mr-0">
            <Link href="/" aria-label="Leave set-up">
              <X aria-hidden className="size-5" />
            </Link>
          </Button>
        </div>
        <ol className="grid grid-cols-[repeat(5,auto)] gap-1.5 max-[20rem]:grid-cols-5 pb-2 side:grid-cols-1 side:gap-1 side:pb-0">
          {ALL_STEPS.map((step, i) => (
            <li key={step}>
              <StepMark
                name={STEP_NAMES[step]}
                number={i + 1}
                here={step === here}
                done={i < ALL_STEPS.indexOf(here)}
                onGo={
                  onStep !== undefined && step !== 'proof' && i <= ALL_STEPS.indexOf(reached)
                    ? () => onStep(step)
                    : undefined
                }
              />
            </li>
          ))}
        </ol>
      </nav>
      <div className="mx-auto grid w-full max-w-[720px] gap-12 px-5 pt-6 rail:px-8 side:mx-0 side:px-14 side:pt-11 wide:max-w-[1120px] wide:grid-cols-[minmax(0,1fr)_300px]">
        <main className="min-w-0">
          <div ref={top} tabIndex={-1} className="outline-none" />
          {children}
        </main>
        {aside}
      </div>
    </div>
  )
}

/** What a step holds; at least as high as the screen of a phone, so that its actions lie under the thumb. */
export const STEP_BODY = 'flex min-h-[calc(100dvh-134px)] flex-col gap-6 side:min-h-0'

/** What may be done at a step, always in reach at the lower edge. */
export function StepActions({ children }: { children: ReactNode }) {
  return (
    <div className="sticky bottom-0 z-10 -mx-5 mt-auto grid gap-3 border-line border-t bg-paper px-5 pt-3 pb-[max(14px,env(safe-area-inset-bottom))] rail:-mx-8 rail:px-8 rail:pb-5 side:-mx-6 side:mt-0 side:px-6">
      {children}
    </div>
  )
}

function StepMark(props: {
  name: string
  number: number
  here: boolean
  done: boolean
  onGo: (() => void) | undefined
}) {
  return (
    <button
      type="button"
      disabled={props.onGo === undefined || props.here}
      aria-current={props.here ? 'step' : undefined}
      onClick={props.onGo}
      className={cn(
        'grid min-h-11 w-full content-center gap-1.5 rounded-xl text-left text-[12.5px] text-soft disabled:cursor-default side:flex side:items-center side:gap-3 side:px-3 side:text-[16px]',
        props.here && 'font-semibold text-sea side:bg-wash',
        props.onGo !== undefined && !props.here && 'text-ink hover:text-sea',
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
      {/* With big text, the step is told above and by its headline. */}
      <span className="max-[20rem]:sr-only">{props.name}</span>
      {props.done && <span className="sr-only">, done</span>}
    </button>
  )
}
