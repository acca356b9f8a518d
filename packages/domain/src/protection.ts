import type { Proof, Run } from './run.ts'
import type { Schedule } from './schedule.ts'
import { intervalMs, nextDue } from './schedule.ts'
import { DAY_MS, formatAge, HOUR_MS } from './units.ts'

export const PROTECTION_STATES = ['protected', 'at-risk', 'failing', 'unknown'] as const
export type ProtectionState = (typeof PROTECTION_STATES)[number]

/** What the verdict on one plan is made from. */
export type PlanFacts = {
  readonly name: string
  readonly schedule: Schedule
  readonly createdAt: Date
  /** The moment of the newest restorable snapshot; undefined before the first. */
  readonly lastSnapshotAt: Date | undefined
  /** The newest finished runs, newest first; two are enough. Skipped runs are left out. */
  readonly lastRuns: readonly Extract<Run, { state: 'finished' }>[]
  readonly lastProof: Proof | undefined
}

/** A verdict with its reason: `code` for programs, `sentence` for people. */
export type Protection = {
  readonly state: ProtectionState
  readonly code:
    | 'safe'
    | 'never-ran'
    | 'overdue'
    | 'long-overdue'
    | 'last-incomplete'
    | 'last-failed'
    | 'source-brake'
    | 'failed-twice'
    | 'damaged'
    | 'proof-missing'
    | 'proof-stale'
    | 'no-plan'
  readonly sentence: string
}

const PROOF_MAX_AGE_MS = 30 * DAY_MS
/** A proof is made anew well before it goes stale. */
const PROOF_RENEWAL_MS = 7 * DAY_MS
const UNSCHEDULED_MAX_AGE_MS = 7 * DAY_MS

/**
 * The verdict on one plan's data at `now`: from the age of the newest restorable snapshot, the last runs and the last
 * proof. Pure; the only place that decides it.
 */
export function protectionOf(facts: PlanFacts, now: Date): Protection {
  const { name, lastSnapshotAt, lastProof } = facts
  const [last, before] = facts.lastRuns
  if (last?.summary?.suspect != null)
    return verdict('failing', 'source-brake', `${name}: ${last.summary.suspect}`)
  if (last?.outcome === 'failed' && last.reason?.code === 'VAULT_DAMAGED')
    return verdict('failing', 'damaged', `The vault of ${name} is damaged.`)
  if (lastProof !== undefined && lastProof.mismatches > 0)
    return verdict('failing', 'damaged', `A restored file of ${name} did not match.`)
  if (last?.outcome === 'failed' && before?.outcome === 'failed')
    return verdict('failing', 'failed-twice', `${name} failed twice in a row.`)
  if (lastSnapshotAt === undefined) {
    if (last?.outcome === 'failed')
      return verdict('failing', 'last-failed', `The first backup of ${name} failed.`)
    return verdict('unknown', 'never-ran', `${name} has not been backed up yet.`)
  }
  const limits = ageLimits(facts.schedule, now)
  const lateMs = scheduledAgeMs(facts.schedule, lastSnapshotAt, now)
  const age = formatAge(now.getTime() - lastSnapshotAt.getTime())
  if (lateMs > limits.failingMs)
    return verdict('failing', 'long-overdue', `The last safe copy of ${name} was made ${age}.`)
  if (lateMs > limits.atRiskMs)
    return verdict('at-risk', 'overdue', `${name} is overdue. Last safe copy ${age}.`)
  if (last?.outcome === 'failed' || last?.outcome === 'interrupted')
    return verdict('at-risk', 'last-failed', `The last run of ${name} did not finish. Last safe copy ${age}.`)
  if (last?.outcome === 'incomplete')
    return verdict('at-risk', 'last-incomplete', `Some files of ${name} could not be read.`)
  if (lastProof === undefined)
    return verdict('at-risk', 'proof-missing', `${name} has not been proven restorable yet.`)
  const proofAgeMs = now.getTime() - lastProof.at.getTime()
  const proven = formatAge(proofAgeMs)
  if (proofAgeMs > PROOF_MAX_AGE_MS)
    return verdict('at-risk', 'proof-stale', `${name} was last proven restorable ${proven}.`)
  const proof = proven === age ? 'and proven restorable' : `proven restorable ${proven}`
  return verdict('protected', 'safe', `${name} is safe. Last backup ${age}, ${proof}.`)
}

/** The verdict over all plans: the worst one; `unknown` when there is none. */
export function worstProtection(verdicts: readonly Protection[]): Protection {
  const order: readonly ProtectionState[] = ['failing', 'at-risk', 'unknown', 'protected']
  const worst = [...verdicts].sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state))[0]
  return worst ?? verdict('unknown', 'no-plan', 'Nothing is backed up yet.')
}

/** After which age of the newest snapshot a plan is at risk, and when failing. Milliseconds. */
export function ageLimits(schedule: Schedule, now: Date): { atRiskMs: number; failingMs: number } {
  const interval = intervalMs(schedule, now)
  if (interval === undefined) return { atRiskMs: UNSCHEDULED_MAX_AGE_MS, failingMs: Number.POSITIVE_INFINITY }
  const atRiskMs = interval + Math.max(HOUR_MS, interval * 0.2)
  const weekly = interval >= 6 * DAY_MS && interval <= 8 * DAY_MS
  return { atRiskMs, failingMs: weekly ? 10 * DAY_MS : Math.max(3 * interval, DAY_MS) }
}

/**
 * The snapshot's age, less the time in which no run was due: a plan for working days is not late on Sunday, nor one
 * for office hours at night.
 */
function scheduledAgeMs(schedule: Schedule, snapshotAt: Date, now: Date): number {
  const ageMs = now.getTime() - snapshotAt.getTime()
  const interval = intervalMs(schedule, now)
  const due = nextDue(schedule, snapshotAt)
  if (interval === undefined || due === undefined) return ageMs
  return Math.min(ageMs, interval + now.getTime() - due.getTime())
}

function verdict(state: ProtectionState, code: Protection['code'], sentence: string): Protection {
  return { state, code, sentence }
}

/** True when the next good run should restore a few files again: no proof yet, a bad one, or one a week old. */
export function needsProof(lastProof: Proof | undefined, now: Date): boolean {
  if (lastProof === undefined || lastProof.mismatches > 0) return true
  return now.getTime() - lastProof.at.getTime() >= PROOF_RENEWAL_MS
}
