import type { WatchedPlan } from '@holdfast/api'
import { OUTCOMES, PROTECTION_STATES } from '@holdfast/domain'
import { z } from 'zod'

/** What is kept of another machine; it is a stranger's text, though from a pinned one. */
const PLANS = 50
const TEXT = 300

const Text = z.string().transform((text) => text.replaceAll(/\p{Cc}/gu, ' ').slice(0, TEXT))
const Verdict = z.object({ state: z.enum(PROTECTION_STATES), sentence: Text })
const When = z.coerce.date().nullable()

const Plan = z.object({
  ...{ name: Text, paused: z.boolean(), state: z.enum(PROTECTION_STATES), running: z.boolean() },
  ...{ lastSnapshotAt: When, lastOutcome: z.enum(OUTCOMES).nullable(), nextDueAt: When },
})

/** What another machine said when it was last heard, as it is kept here. */
export const Heard = z.object({
  ...{ at: z.coerce.date(), name: Text, verdict: Verdict },
  // What was kept by an earlier version has none.
  plans: z.array(Plan).default([]),
})
export type Heard = z.infer<typeof Heard>

const Card = z.object({
  plan: z.object({ name: Text, paused: z.boolean() }),
  protection: z.object({ state: z.enum(PROTECTION_STATES) }),
  running: z.unknown().optional(),
  lastRun: z.object({ outcome: z.enum(OUTCOMES) }).optional(),
  lastSnapshotAt: z.coerce.date().optional(),
  nextDueAt: z.coerce.date().optional(),
})
const Said = z.object({ machine: Text, verdict: Verdict, plans: z.array(z.unknown()) })

/** Reads the `home` of another machine. Throws what zod throws when it is none; a plan that can't be read is left out. */
export function heardFrom(home: unknown, at: Date): Heard {
  const { machine, verdict, plans } = Said.parse(home)
  return { at, name: machine, verdict, plans: plans.slice(0, PLANS).flatMap(planFrom) }
}

/** Another version there may say more of a plan, or less; its verdict counts all the same. */
function planFrom(card: unknown): WatchedPlan[] {
  const read = Card.safeParse(card)
  if (!read.success) return []
  const { plan, protection, running, lastRun, lastSnapshotAt, nextDueAt } = read.data
  return [
    {
      ...{ name: plan.name, paused: plan.paused, state: protection.state },
      ...{ running: running != null, lastOutcome: lastRun?.outcome ?? null },
      ...{ lastSnapshotAt: lastSnapshotAt ?? null, nextDueAt: nextDueAt ?? null },
    },
  ]
}
