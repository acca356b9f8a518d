import {
  LogLine,
  logWithHeard,
  Plan,
  type PlanId,
  PROTECTION_STATES,
  Run,
  type RunId,
} from '@holdfast/domain'
import { z } from 'zod'
import type { LiveEvent } from '../agent/live-stream.ts'

const Verdict = z.object({ state: z.enum(PROTECTION_STATES), sentence: z.string() })
const Card = z.object({
  plan: Plan,
  protection: Verdict,
  nextDueAt: z.coerce.date().optional(),
  waitsFor: z.enum(['ON_BATTERY', 'ON_METERED']).optional(),
  lastSnapshotAt: z.coerce.date().optional(),
  lastRun: Run.optional(),
  running: Run.optional(),
})
export type Card = z.infer<typeof Card>
/** What the screen shows of the agent's home. */
export const TopHome = z.object({
  machine: z.string(),
  now: z.coerce.date(),
  verdict: Verdict,
  notices: z.array(z.object({ sentence: z.string(), next: z.string() })),
  plans: z.array(Card),
})
export type TopHome = z.infer<typeof TopHome>
export const LogLines = z.array(LogLine)

export type TopState = {
  readonly home: TopHome
  readonly selected: PlanId | undefined
  /** The log of the run that is shown: as it was fetched, once it was, and the lines heard since it was asked for. */
  readonly log: ShownLog | undefined
  /** Why the agent can't be heard; undefined while it is. */
  readonly lost: string | undefined
}

export type ShownLog = {
  readonly runId: RunId
  readonly fetched: readonly LogLine[] | undefined
  readonly heard: readonly LogLine[]
}

const LOG_KEPT = 1000

/** The state before anything was chosen: what runs now is what one wants to see. */
export function stateOf(home: TopHome): TopState {
  const selected = (home.plans.find(({ running }) => running !== undefined) ?? home.plans[0])?.plan.id
  return { home, selected, log: undefined, lost: undefined }
}

/** With a newer look at the home; a choice stays as long as its plan is there. */
export function withHome(state: TopState, home: TopHome): TopState {
  const there = home.plans.some(({ plan }) => plan.id === state.selected)
  return { ...state, home, selected: there ? state.selected : home.plans[0]?.plan.id }
}

/** With another plan chosen, `by` places further; the ends are ends. */
export function withChoice(state: TopState, by: number): TopState {
  const { plans } = state.home
  const at = plans.findIndex(({ plan }) => plan.id === state.selected)
  const to = Math.min(Math.max(at + by, 0), plans.length - 1)
  return { ...state, selected: plans[to]?.plan.id }
}

/** With what an event says by itself; whether the home must be looked at again is `changesHome`. */
export function withEvent(state: TopState, event: LiveEvent): TopState {
  if (event.type === 'log') {
    if (state.log?.runId !== event.runId) return state
    const heard = [...state.log.heard, event.line].slice(-LOG_KEPT)
    return { ...state, log: { ...state.log, heard } }
  }
  if (event.type !== 'progress') return state
  const plans = state.home.plans.map((card) =>
    card.running?.state === 'running' && card.running.id === event.runId
      ? { ...card, running: { ...card.running, progress: event.progress } }
      : card,
  )
  return { ...state, home: { ...state.home, plans } }
}

/** The lines of the log that is shown, oldest first. */
export function linesOfLog({ log }: TopState): readonly LogLine[] {
  return log === undefined ? [] : logWithHeard(log.fetched ?? [], log.heard)
}

export function changesHome({ type }: LiveEvent): boolean {
  return type !== 'progress' && type !== 'log' && type !== 'hello'
}

/** The plan that was chosen. */
export function chosen(state: TopState): Card | undefined {
  return state.home.plans.find(({ plan }) => plan.id === state.selected)
}

/** The run that is shown: what the chosen plan does now, else what it did last. */
export function shownRun(state: TopState): Run | undefined {
  const card = chosen(state)
  return card?.running ?? card?.lastRun
}
