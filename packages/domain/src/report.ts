import type { PlanId, RunId } from './ids.ts'
import type { Incident } from './incident.ts'
import { isOfMachine } from './machine-silence.ts'
import type { Protection } from './protection.ts'
import type { Outcome } from './run.ts'
import { type StripDay, stripOf } from './strip.ts'
import { DAY_MS } from './units.ts'

export const REPORT_PERIODS = ['week', 'month', 'year'] as const
export type ReportPeriodKind = (typeof REPORT_PERIODS)[number]

/** From the first moment to just before the last, both at midnight of the time zone. */
export type ReportPeriod = {
  readonly kind: ReportPeriodKind
  readonly from: Date
  readonly to: Date
  readonly timeZone: string
  /** `16 to 22 November 2026`, `November 2026`, `2026`. */
  readonly label: string
}

/** One finished run, as far as reports go. */
export type ReportRun = {
  readonly id: RunId
  readonly planId: PlanId
  readonly startedAt: Date
  readonly finishedAt: Date
  readonly outcome: Outcome
  readonly bytesStored: number
  readonly filesNew: number
  readonly filesChanged: number
  readonly reason: { readonly code: string; readonly message: string } | null
}

/** A proof that was made, of a run or a drill. */
export type ReportProof = {
  readonly planId: PlanId
  readonly at: Date
  readonly kind: string
  readonly files: number
  readonly bytes: number
  readonly mismatches: number
}

/** A change of settings, from the audit trail. */
export type ReportChange = {
  readonly at: Date
  readonly who: string
  readonly act: string
  readonly subject: string
}

/** All that a report is made from. Runs, proofs and changes may go back further than the period; oldest first. */
export type ReportFacts = {
  readonly machine: string
  readonly now: Date
  readonly plans: readonly { readonly id: PlanId; readonly name: string; readonly protection: Protection }[]
  readonly verdict: Protection
  readonly runs: readonly ReportRun[]
  readonly proofs: readonly ReportProof[]
  readonly incidents: readonly Incident[]
  readonly changes: readonly ReportChange[]
  /** Bytes that all runs before the first of `runs` have stored. */
  readonly storedBefore: number
}

export type ReportPlan = {
  readonly id: PlanId
  readonly name: string
  readonly protection: Protection
  readonly outcomes: Readonly<Record<Outcome, number>>
  readonly runs: number
  readonly filesNew: number
  readonly filesChanged: number
  readonly bytesStored: number
  /** Of runs that left a snapshot; null without one. */
  readonly medianMs: number | null
  readonly longestMs: number | null
  readonly proofs: number
  readonly lastProofAt: Date | null
}

/** One report: what the screen, the PDF, the mail and the export all show. */
export type Report = {
  readonly machine: string
  readonly madeAt: Date
  readonly period: ReportPeriod
  readonly verdict: Protection
  /** One sentence over the whole period. */
  readonly summary: string
  readonly plans: readonly ReportPlan[]
  /** A day each of the twelve months up to the period's end, oldest first. */
  readonly year: readonly StripDay[]
  /** A day each of the period. */
  readonly days: readonly StripDay[]
  /** Bytes that were sent to vaults in all, at the end of each day of the year; what was pruned is still counted. */
  readonly growth: readonly { readonly day: string; readonly bytes: number }[]
  /** What growth would be at this pace; null when there is too little to tell from. */
  readonly forecast: { readonly bytesPerDay: number; readonly inDays: number; readonly bytes: number } | null
  readonly durations: readonly { readonly planId: PlanId; readonly at: Date; readonly ms: number }[]
  readonly proofs: readonly (ReportProof & { readonly plan: string })[]
  readonly failures: readonly {
    readonly at: Date
    readonly plan: string
    readonly outcome: Outcome
    readonly code: string
    readonly message: string
  }[]
  readonly incidents: readonly (Incident & { readonly plan: string })[]
  readonly changes: readonly ReportChange[]
}

const FORECAST_DAYS = 90
const PACE_DAYS = 30
const YEAR_DAYS = 365

/** The report of a period. Pure; runs that are still under way do not count. */
export function reportOf(facts: ReportFacts, period: ReportPeriod): Report {
  const { now, plans } = facts
  const inPeriod = (at: Date) => at >= period.from && at < period.to
  const names = new Map<string, string>(plans.map(({ id, name }) => [id, name]))
  // Its own name stands in the sentence.
  const nameOf = (id: string) => names.get(id) ?? (isOfMachine(id) ? 'Another machine' : id)
  const runs = facts.runs.filter(({ finishedAt }) => inPeriod(finishedAt))
  const proofs = facts.proofs.filter(({ at }) => inPeriod(at))
  const end = new Date(Math.min(now.getTime(), period.to.getTime() - 1))
  const days = (count: number) => stripOf(facts.runs, { now: end, days: count, timeZone: period.timeZone })
  const year = days(YEAR_DAYS)
  // By the calendar: a month in which the clocks go back is longer than its days.
  const dayNumber = (at: Date) => dayOf(at, period.timeZone).getTime() / DAY_MS
  const periodDays = Math.max(1, dayNumber(end) - dayNumber(period.from) + 1)
  const growth = growthOf(year, facts)
  const incidents = facts.incidents
    .filter(
      ({ openedAt, recoveredAt }) =>
        openedAt < period.to && (recoveredAt === null || recoveredAt >= period.from),
    )
    .map((incident) => ({ ...incident, plan: nameOf(incident.subject) }))
  const failures = runs
    .filter(({ outcome }) => outcome === 'failed' || outcome === 'incomplete' || outcome === 'interrupted')
    .map(({ finishedAt, planId, outcome, reason }) => ({
      ...{ at: finishedAt, plan: nameOf(planId), outcome },
      ...{ code: reason?.code ?? outcome, message: reason?.message ?? '' },
    }))
  const planReports = plans.map((plan) => planReport(plan, { runs, proofs }))
  return {
    ...{ machine: facts.machine, madeAt: now, period, verdict: facts.verdict, plans: planReports },
    summary: summaryOf({ runs, proofs, incidents: incidents.length }),
    ...{ year, days: days(Math.min(periodDays, YEAR_DAYS)), growth, forecast: forecastOf(year, growth) },
    durations: runs
      .filter(({ outcome }) => leavesSnapshot(outcome))
      .map(({ planId, finishedAt, startedAt }) => ({
        ...{ planId, at: finishedAt, ms: finishedAt.getTime() - startedAt.getTime() },
      })),
    proofs: proofs.map((proof) => ({ ...proof, plan: nameOf(proof.planId) })),
    ...{ failures, incidents, changes: facts.changes.filter(({ at }) => inPeriod(at)) },
  }
}

function planReport(
  { id, name, protection }: ReportFacts['plans'][number],
  all: { runs: readonly ReportRun[]; proofs: readonly ReportProof[] },
): ReportPlan {
  const runs = all.runs.filter(({ planId }) => planId === id)
  const proofs = all.proofs.filter(({ planId }) => planId === id)
  const outcomes = { complete: 0, incomplete: 0, failed: 0, cancelled: 0, interrupted: 0, skipped: 0 }
  for (const { outcome } of runs) outcomes[outcome] += 1
  const sum = (of: (run: ReportRun) => number) => runs.reduce((total, run) => total + of(run), 0)
  const lengths = runs
    .filter(({ outcome }) => leavesSnapshot(outcome))
    .map(({ startedAt, finishedAt }) => finishedAt.getTime() - startedAt.getTime())
    .toSorted((a, b) => a - b)
  return {
    ...{ id, name, protection, outcomes, runs: runs.length },
    filesNew: sum((run) => run.filesNew),
    filesChanged: sum((run) => run.filesChanged),
    bytesStored: sum((run) => run.bytesStored),
    medianMs: lengths[Math.floor(lengths.length / 2)] ?? null,
    longestMs: lengths.at(-1) ?? null,
    proofs: proofs.length,
    lastProofAt: proofs.at(-1)?.at ?? null,
  }
}

function leavesSnapshot(outcome: Outcome): boolean {
  return outcome === 'complete' || outcome === 'incomplete'
}

function growthOf(year: readonly StripDay[], { runs, storedBefore }: ReportFacts): Report['growth'] {
  const shown = year.reduce((sum, { bytesAdded }) => sum + bytesAdded, 0)
  // Runs of the facts that are older than the year count from its first day on.
  let bytes = storedBefore + runs.reduce((sum, { bytesStored }) => sum + bytesStored, 0) - shown
  return year.map(({ day, bytesAdded }) => {
    bytes += bytesAdded
    return { day, bytes }
  })
}

/** The pace of the last thirty days, a fortnight at least: the first backup says nothing about the next ones. */
function forecastOf(year: readonly StripDay[], growth: Report['growth']): Report['forecast'] {
  const first = year.findIndex(({ runs }) => runs > 0)
  if (first === -1) return null
  const after = year.slice(Math.max(first + 1, year.length - PACE_DAYS))
  if (after.length < 14) return null
  const bytesPerDay = after.reduce((sum, { bytesAdded }) => sum + bytesAdded, 0) / after.length
  const last = growth.at(-1)?.bytes ?? 0
  return { bytesPerDay, inDays: FORECAST_DAYS, bytes: Math.round(last + bytesPerDay * FORECAST_DAYS) }
}

function summaryOf({
  runs,
  proofs,
  incidents,
}: {
  runs: readonly ReportRun[]
  proofs: readonly ReportProof[]
  incidents: number
}): string {
  const good = runs.filter(({ outcome }) => outcome === 'complete').length
  const counted = runs.filter(({ outcome }) => outcome !== 'skipped' && outcome !== 'cancelled').length
  if (counted === 0) return 'No backup was due or made in this time.'
  const wrong = proofs.reduce((sum, { mismatches }) => sum + mismatches, 0)
  const proven =
    proofs.length === 0
      ? 'Nothing was restored as a proof.'
      : wrong > 0
        ? 'A restored file did not match.'
        : `Restoring was proven ${proofs.length === 1 ? 'once' : `${proofs.length} times`}.`
  const all =
    good === counted
      ? counted === 1
        ? 'The one backup'
        : `All ${counted} backups`
      : `${good} of ${counted} backups`
  const trouble =
    incidents === 0 ? '' : ` There ${incidents === 1 ? 'was one incident' : `were ${incidents} incidents`}.`
  return `${all} went well. ${proven}${trouble}`
}

/** The whole period of a kind that ended last before `now`; or, with `current`, the one that `now` lies in. */
export function reportPeriod(
  kind: ReportPeriodKind,
  { now, timeZone, current }: { now: Date; timeZone: string; current: boolean },
): ReportPeriod {
  const today = dayOf(now, timeZone)
  const begin = beginOf(kind, today)
  const from = current ? begin : stepped(kind, begin, -1)
  const to = stepped(kind, from, 1)
  return {
    ...{ kind, timeZone, from: midnight(from, timeZone), to: midnight(to, timeZone) },
    label: labelOf(kind, from, stepped('day', to, -1)),
  }
}

/** What a report that is sent at a moment tells of: the seven days before that day, or the whole month before. */
export function reportPeriodBefore(
  kind: 'week' | 'month',
  { at, timeZone }: { at: Date; timeZone: string },
): ReportPeriod {
  if (kind === 'month') return reportPeriod(kind, { now: at, timeZone, current: false })
  const to = dayOf(at, timeZone)
  const from = stepped('day', to, -7)
  return {
    ...{ kind, timeZone, from: midnight(from, timeZone), to: midnight(to, timeZone) },
    label: labelOf(kind, from, stepped('day', to, -1)),
  }
}

/** A calendar day as UTC midnight, which days can be counted with. */
function dayOf(at: Date, timeZone: string): Date {
  return new Date(
    `${new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(at)}T00:00:00Z`,
  )
}

function beginOf(kind: ReportPeriodKind, day: Date): Date {
  const [year, month] = [day.getUTCFullYear(), day.getUTCMonth()]
  switch (kind) {
    case 'week':
      return new Date(day.getTime() - ((day.getUTCDay() + 6) % 7) * DAY_MS)
    case 'month':
      return new Date(Date.UTC(year, month, 1))
    case 'year':
      return new Date(Date.UTC(year, 0, 1))
    default:
      return kind satisfies never
  }
}

function stepped(kind: ReportPeriodKind | 'day', day: Date, steps: number): Date {
  const [year, month, date] = [day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate()]
  switch (kind) {
    case 'day':
      return new Date(Date.UTC(year, month, date + steps))
    case 'week':
      return new Date(Date.UTC(year, month, date + 7 * steps))
    case 'month':
      return new Date(Date.UTC(year, month + steps, 1))
    case 'year':
      return new Date(Date.UTC(year + steps, 0, 1))
    default:
      return kind satisfies never
  }
}

/** The first moment of a calendar day in a zone: the zone's offset there, asked twice for a change in between. */
function midnight(day: Date, timeZone: string): Date {
  let at = day.getTime()
  for (let round = 0; round < 2; round += 1) at = day.getTime() - offsetMs(new Date(at), timeZone)
  return new Date(at)
}

function offsetMs(at: Date, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  }).formatToParts(at)
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value)
  const local = Date.UTC(
    ...([
      part('year'),
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
      part('second'),
    ] as const),
  )
  return local - Math.floor(at.getTime() / 1000) * 1000
}

function labelOf(kind: ReportPeriodKind, first: Date, last: Date): string {
  const text = (day: Date, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...options }).format(day)
  const whole = { day: 'numeric', month: 'long', year: 'numeric' } as const
  switch (kind) {
    case 'week': {
      const sameMonth = first.getUTCMonth() === last.getUTCMonth()
      const sameYear = first.getUTCFullYear() === last.getUTCFullYear()
      const begin = sameMonth
        ? { day: 'numeric' as const }
        : sameYear
          ? { day: 'numeric' as const, month: 'long' as const }
          : whole
      return `${text(first, begin)} to ${text(last, whole)}`
    }
    case 'month':
      return text(first, { month: 'long', year: 'numeric' })
    case 'year':
      return text(first, { year: 'numeric' })
    default:
      return kind satisfies never
  }
}
