import { Ban, Check, CircleDashed, LoaderCircle, TriangleAlert, Unplug, X } from 'lucide-react'
import type { Run } from '#web/trpc/types.ts'
import { cn } from './class-names.ts'

const MARKS = {
  complete: { Icon: Check, colour: 'text-safe bg-safe/12' },
  incomplete: { Icon: TriangleAlert, colour: 'text-risk bg-risk/12' },
  failed: { Icon: X, colour: 'text-fail bg-fail/10' },
  cancelled: { Icon: Ban, colour: 'text-unknown bg-unknown/10' },
  interrupted: { Icon: Unplug, colour: 'text-risk bg-risk/12' },
  skipped: { Icon: CircleDashed, colour: 'text-unknown bg-unknown/10' },
  running: { Icon: LoaderCircle, colour: 'text-sea bg-wash' },
} as const

/** The colour of the word that stands beside the sign. */
export function outcomeColour(run: Run): string {
  return MARKS[run.state === 'finished' ? run.outcome : 'running'].colour.split(' ')[0] ?? ''
}

/** The sign of how a run ended; its word stands beside it wherever it is used. */
export function OutcomeMark({ run, className }: { run: Run; className?: string }) {
  const { Icon, colour } = MARKS[run.state === 'finished' ? run.outcome : 'running']
  return (
    <span className={cn('grid size-9 shrink-0 place-items-center rounded-full', colour, className)}>
      <Icon aria-hidden className="size-[18px]" strokeWidth={2.4} />
    </span>
  )
}
