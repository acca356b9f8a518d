import type { Proof, Run } from './run.ts'
import type { Schedule } from './schedule.ts'
import { intervalMs, nextDue, randomDelayMs } from './schedule.ts'
import type { Standing } from './standing.ts'
import { DAY_MS, formatAge, formatDuration, HOUR_MS } from './units.ts'

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
  /** Since when the machine is on and awake; it counts for plans that run when the machine is on. */
  readonly onSince?: Date | undefined
  /** Why its vault is nearly full: see `roomProblem`. */
  readonly room?: string | undefined
  /** What is wrong with the sign-in to the remote of its vault. */
  readonly signIn?: SignInTrouble | undefined
  /** Its second copies: the place as people write it, and the moment up to which the copy has everything. */
  /** What this installation may write in the vault, when it is not simply its writer. */
  readonly standing?: Standing | undefined
  /** Undefined where none is needed. */
  readonly kit?: KitFacts | undefined
  /** Whether a restart of the machine starts Holdfast again; undefined where nobody knows. */
  readonly startsWithMachine?: boolean | undefined
  readonly copies?: readonly { readonly place: string; readonly completeAt: Date | undefined }[]
}

/** The recovery kit of a vault: when one was saved, and why it would not do any more. */
export type KitFacts = { readonly savedAt: Date | undefined; readonly outdated: string | null }

/** A sign-in to a remote that was refused, or that ends at a moment and can't renew itself. */
export type SignInTrouble =
  | { readonly kind: 'refused'; readonly remote: string }
  | { readonly kind: 'ends'; readonly remote: string; readonly at: Date }

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
    | 'sign-in'
    | 'copy-behind'
    | 'taken-over'
    | 'read-only'
    | 'kit-missing'
    | 'kit-outdated'
    | 'nearly-full'
    | 'no-service'
    | 'no-plan'
  readonly sentence: string
}

const PROOF_MAX_AGE_MS = 30 * DAY_MS
/** A proof is made anew well before it goes stale. */
const PROOF_RENEWAL_MS = 7 * DAY_MS
/** How long before its end a sign-in is to be made anew. */
const SIGN_IN_NOTICE_MS = 7 * DAY_MS
const KIT_GRACE_MS = 7 * DAY_MS
const UNSCHEDULED_MAX_AGE_MS = 7 * DAY_MS

/**
 * The verdict on one plan's data at `now`: from the age of the newest restorable snapshot, the last runs and the last
 * proof. Pure; the only place that decides it.
 */
export function protectionOf(facts: PlanFacts, now: Date): Protection {
  const { name, lastSnapshotAt, lastProof } = facts
  const [last, before] = facts.lastRuns
  if (facts.standing?.kind === 'taken-over')
    return verdict(
      'failing',
      'taken-over',
      `Another installation backs up ${name} now. This one has stopped.`,
    )
  if (facts.standing?.kind === 'reader')
    return verdict('unknown', 'read-only', `${name} is only read here: nothing is backed up.`)
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
  const lateMs = scheduledAgeMs(facts.schedule, lastSnapshotAt, now, facts.onSince)
  const age = formatAge(now.getTime() - lastSnapshotAt.getTime())
  if (lateMs > limits.failingMs)
    return verdict('failing', 'long-overdue', `The last safe copy of ${name} was made ${age}.`)
  const signIn = signInProblem(facts, now)
  if (signIn !== undefined) return verdict('at-risk', 'sign-in', `${signIn} Last safe copy ${age}.`)
  if (lateMs > limits.atRiskMs)
    return verdict('at-risk', 'overdue', `${name} is overdue. Last safe copy ${age}.`)
  if (last?.outcome === 'failed' || last?.outcome === 'interrupted')
    return verdict('at-risk', 'last-failed', `The last run of ${name} did not finish. Last safe copy ${age}.`)
  if (last?.outcome === 'incomplete' && last.reason?.code === 'HOOK_FAILED')
    return verdict('at-risk', 'last-incomplete', `${name}: ${last.reason.message}`)
  if (last?.outcome === 'incomplete')
    return verdict('at-risk', 'last-incomplete', `Some files of ${name} could not be read.`)
  if (facts.room !== undefined)
    return verdict('at-risk', 'nearly-full', `The vault of ${name} is nearly full: ${facts.room}.`)
  const behind = copyBehind(facts, lastSnapshotAt, now)
  if (behind !== undefined) return verdict('at-risk', 'copy-behind', `${behind} Last safe copy ${age}.`)
  if (lastProof === undefined)
    return verdict('at-risk', 'proof-missing', `${name} has not been proven restorable yet.`)
  const proofAgeMs = now.getTime() - lastProof.at.getTime()
  const proven = formatAge(proofAgeMs)
  if (proofAgeMs > PROOF_MAX_AGE_MS)
    return verdict('at-risk', 'proof-stale', `${name} was last proven restorable ${proven}.`)
  const kit = kitProblem(facts, now)
  if (kit !== undefined) return kit
  // A plan that waits for a person's hand waits for one after a restart too.
  if (facts.startsWithMachine === false && facts.schedule.kind !== 'manual')
    return verdict(
      'at-risk',
      'no-service',
      `After a restart of this machine nothing backs up ${name}. Last safe copy ${age}.`,
    )
  const proof = proven === age ? 'and proven restorable' : `proven restorable ${proven}`
  return verdict('protected', 'safe', `${name} is safe. Last backup ${age}, ${proof}.`)
}

/**
 * What the second copy that is most behind lacks, as a sentence; undefined when each has the newest snapshot, or may
 * still get it in time.
 */
function copyBehind(
  { name, schedule, copies = [] }: PlanFacts,
  lastSnapshotAt: Date,
  now: Date,
): string | undefined {
  const { atRiskMs } = ageLimits(schedule, now)
  const never = copies.find(({ completeAt }) => completeAt === undefined)
  if (never !== undefined) return `The second copy of ${name} at ${never.place} is not complete.`
  const [oldest] = copies
    .flatMap(({ place, completeAt }) => (completeAt === undefined ? [] : [{ place, completeAt }]))
    .filter(({ completeAt }) => completeAt < lastSnapshotAt)
    .filter(({ completeAt }) => scheduledAgeMs(schedule, completeAt, now) > atRiskMs)
    .sort((a, b) => a.completeAt.getTime() - b.completeAt.getTime())
  if (oldest === undefined) return undefined
  const since = formatAge(now.getTime() - oldest.completeAt.getTime())
  return `The second copy of ${name} at ${oldest.place} is behind: it was made ${since}.`
}

/** Without a kit that opens the vault, the day this machine is lost is a bad one. */
function kitProblem({ name, kit, createdAt }: PlanFacts, now: Date): Protection | undefined {
  if (kit === undefined) return undefined
  if (kit.outdated !== null)
    return verdict('at-risk', 'kit-outdated', `The recovery kit of ${name} is out of date. ${kit.outdated}`)
  if (kit.savedAt !== undefined || now.getTime() - createdAt.getTime() <= KIT_GRACE_MS) return undefined
  return verdict('at-risk', 'kit-missing', `No recovery kit of ${name} has been saved yet.`)
}

/** Why a plan's remote wants a new sign-in, as a sentence; undefined when it does not, or not soon. */
function signInProblem({ name, signIn }: PlanFacts, now: Date): string | undefined {
  if (signIn === undefined) return undefined
  if (signIn.kind === 'refused') return `${name} is not let in to “${signIn.remote}” any more.`
  const leftMs = signIn.at.getTime() - now.getTime()
  if (leftMs > SIGN_IN_NOTICE_MS) return undefined
  if (leftMs <= 0) return `The sign-in of ${name} to “${signIn.remote}” has ended.`
  return `The sign-in of ${name} to “${signIn.remote}” ends in ${formatDuration(leftMs)}.`
}

/** The verdict over all plans: the worst one; `unknown` when there is none. */
export function worstProtection(verdicts: readonly Protection[]): Protection {
  const order: readonly ProtectionState[] = ['failing', 'at-risk', 'unknown', 'protected']
  // What is at risk only after a restart is the least of what is at risk.
  const weight = ({ state, code }: Protection) => order.indexOf(state) + (code === 'no-service' ? 0.5 : 0)
  const worst = [...verdicts].sort((a, b) => weight(a) - weight(b))[0]
  return worst ?? verdict('unknown', 'no-plan', 'Nothing is backed up yet.')
}

/** After which age of the newest snapshot a plan is at risk, and when failing. Milliseconds. */
export function ageLimits(schedule: Schedule, now: Date): { atRiskMs: number; failingMs: number } {
  const interval = intervalMs(schedule, now)
  if (interval === undefined) return { atRiskMs: UNSCHEDULED_MAX_AGE_MS, failingMs: Number.POSITIVE_INFINITY }
  const atRiskMs = interval + Math.max(HOUR_MS, interval * 0.2) + randomDelayMs(schedule)
  const weekly = interval >= 6 * DAY_MS && interval <= 8 * DAY_MS
  return { atRiskMs, failingMs: weekly ? 10 * DAY_MS : Math.max(3 * interval, DAY_MS) }
}

/**
 * The snapshot's age, less the time in which no run was due: a plan for working days is not late on Sunday, nor one
 * for office hours at night, nor one that runs when the machine is on for the time in which it was off.
 */
function scheduledAgeMs(schedule: Schedule, snapshotAt: Date, now: Date, onSince?: Date): number {
  const ageMs = now.getTime() - snapshotAt.getTime()
  const interval = intervalMs(schedule, now)
  const due = nextDue(schedule, snapshotAt)
  if (interval === undefined || due === undefined) return ageMs
  const from = schedule.kind === 'when-on' ? Math.max(due.getTime(), onSince?.getTime() ?? 0) : due.getTime()
  return Math.min(ageMs, interval + now.getTime() - from)
}

function verdict(state: ProtectionState, code: Protection['code'], sentence: string): Protection {
  return { state, code, sentence }
}

/** True when the next good run should restore a few files again: no proof yet, a bad one, or one a week old. */
export function needsProof(lastProof: Proof | undefined, now: Date): boolean {
  if (lastProof === undefined || lastProof.mismatches > 0) return true
  return now.getTime() - lastProof.at.getTime() >= PROOF_RENEWAL_MS
}
