import { CircleDashed, Pause, ShieldCheck, ShieldX, TriangleAlert } from 'lucide-react'
import type { Protection } from '#web/trpc/types.ts'
import { cn } from './class-names.ts'

type State = Protection['state'] | 'paused'

/** Every state has its icon, its word and its colour; never the colour alone. */
const STATES = {
  protected: { Icon: ShieldCheck, word: 'Protected', colour: 'text-safe', tint: 'bg-safe/12' },
  'at-risk': { Icon: TriangleAlert, word: 'At risk', colour: 'text-risk', tint: 'bg-risk/12' },
  failing: { Icon: ShieldX, word: 'Failing', colour: 'text-fail', tint: 'bg-fail/10' },
  unknown: { Icon: CircleDashed, word: 'Unknown', colour: 'text-unknown', tint: 'bg-unknown/10' },
  paused: { Icon: Pause, word: 'Paused', colour: 'text-unknown', tint: 'bg-unknown/10' },
} as const satisfies Record<State, unknown>

/** The state as a pill for a card. */
export function StateBadge({ state }: { state: State }) {
  const { Icon, word, colour, tint } = STATES[state]
  return (
    <span
      className={cn(
        'inline-flex min-h-7 items-center gap-1.5 whitespace-nowrap rounded-full px-2.5 text-[13px] font-semibold',
        colour,
        tint,
      )}
    >
      <Icon aria-hidden className="size-3.5" strokeWidth={2.4} />
      {word}
    </span>
  )
}

/** The state as the seal that opens the home screen, with its word beside it. */
export function StateSeal({ state }: { state: Protection['state'] }) {
  const { Icon, word, colour, tint } = STATES[state]
  return (
    <div className={cn('flex items-center gap-3 font-semibold', colour)}>
      <span className={cn('grid size-13 place-items-center rounded-full', tint)}>
        <Icon aria-hidden className="size-7" />
      </span>
      {word}
    </div>
  )
}
