import { z } from 'zod'
import type { SnapshotId } from './ids.ts'
import { formatDuration } from './units.ts'

const count = z.int().nonnegative().default(0)

/** What a prune keeps of each machine and plan. 0 and null switch a rule off. */
export const KeepRules = z.object({
  last: count,
  hourly: count,
  daily: count,
  weekly: count,
  monthly: count,
  yearly: count,
  withinMs: z.int().nonnegative().nullable().default(null),
})
export type KeepRules = z.infer<typeof KeepRules>

/** A snapshot as the keep rules see it. `group` is the machine with its plan: rules count in each by itself. */
export type RetainedSnapshot = {
  readonly id: SnapshotId
  readonly group: string
  readonly time: Date
  readonly kind: 'run' | 'checkpoint'
  readonly suspect: boolean
}

/** What becomes of a snapshot. `reasons` are plain words; empty exactly when it is not kept. */
export type Retention = { readonly id: SnapshotId; readonly keep: boolean; readonly reasons: string[] }

/** The reason of all that is kept only because the newest snapshot of its group is suspect. */
export const FROZEN_REASON = 'frozen by a suspect snapshot'

/** True when at least one rule is on. Without one the newest snapshot alone would stay: callers refuse that. */
export function hasKeepRule(rules: KeepRules): boolean {
  return rules.withinMs !== null || ['last' as const, ...PERIODS].some((rule) => rules[rule] > 0)
}

/**
 * Says for each snapshot whether it stays and why, in the order of `snapshots`, where those of one writer stand as they
 * were made; of equal times the later one is newer. `last`: the N newest. `hourly` … `yearly`: the newest of each of
 * the N newest hours, days, ISO weeks, months, years of `timeZone` that have one. `withinMs`: all newer than that before
 * the group's newest. Always kept: the newest run; suspect ones (they use up no rule, and while one is the newest,
 * nothing of its group goes); a checkpoint until a later run of its group exists. A clock that was ahead once, by what
 * was made since or by `now`, shifts no `withinMs`. Pure. A looser rule never keeps less. RangeError for no time zone.
 */
export function retentionOf(
  snapshots: readonly RetainedSnapshot[],
  rules: KeepRules,
  options: { timeZone: string; now?: Date },
): Retention[] {
  const groups = new Map<string, Candidate[]>()
  const all = snapshots.map((snapshot, order): Candidate => ({ snapshot, order, reasons: [] }))
  for (const candidate of all) {
    const group = groups.get(candidate.snapshot.group)
    if (group === undefined) groups.set(candidate.snapshot.group, [candidate])
    else group.push(candidate)
  }
  const periodsOf = createPeriods(options.timeZone)
  for (const group of groups.values()) {
    applyRules(group, rules, { periodsOf, now: options.now })
    keepAlways(group)
  }
  return all.map(({ snapshot, reasons }) => ({ id: snapshot.id, keep: reasons.length > 0, reasons }))
}

type Candidate = { readonly snapshot: RetainedSnapshot; readonly order: number; readonly reasons: string[] }

const PERIODS = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const
type Period = (typeof PERIODS)[number]

function applyRules(
  group: readonly Candidate[],
  rules: KeepRules,
  by: { periodsOf: (time: Date) => Record<Period, string>; now: Date | undefined },
): void {
  const counted = group
    .filter(({ snapshot }) => snapshot.kind === 'run' && !snapshot.suspect)
    .sort(newestFirst)
  for (const { reasons } of counted.slice(0, rules.last)) reasons.push(`last ${rules.last}`)
  const seen: Record<Period, Set<string>> = {
    hourly: new Set(),
    daily: new Set(),
    weekly: new Set(),
    monthly: new Set(),
    yearly: new Set(),
  }
  const wanted = PERIODS.filter((period) => rules[period] > 0)
  for (const { snapshot, reasons } of wanted.length === 0 ? [] : counted) {
    const names = by.periodsOf(snapshot.time)
    for (const period of wanted) {
      if (seen[period].size === rules[period] || seen[period].has(names[period])) continue
      seen[period].add(names[period])
      reasons.push(`${period} ${names[period]}`)
    }
  }
  const { withinMs } = rules
  const latest = latestRun(group)
  if (withinMs === null || latest === undefined) return
  const reference = Math.min(timeMs(latest), by.now?.getTime() ?? Number.POSITIVE_INFINITY)
  for (const candidate of counted)
    if (timeMs(candidate) > reference - withinMs) candidate.reasons.push(`within ${formatDuration(withinMs)}`)
}

function keepAlways(group: readonly Candidate[]): void {
  const runs = group.filter(isRun)
  const heads = new Set([latestRun(group), runs.toSorted(newestFirst)[0]])
  for (const head of heads) head?.reasons.unshift('newest')
  const suspects = group.filter(({ snapshot }) => snapshot.suspect)
  for (const { reasons } of suspects) reasons.push('suspect')
  // A writer whose clock was set back keeps its last one too, or an older one that stays would pass for it next time.
  const setBack = lastRuns(group).filter((last) =>
    runs.some((run) => run.reasons.length > 0 && sameWriter(run, last) && timeMs(run) > timeMs(last)),
  )
  for (const last of setBack) if (!heads.has(last)) last.reasons.unshift('newest')
  const isUnfinished = (one: Candidate) => !isRun(one) && !runs.some((run) => isLater(run, one))
  for (const one of group) if (isUnfinished(one)) one.reasons.push('unfinished run')
  if (!suspects.some((one) => heads.has(one) || isUnfinished(one))) return
  for (const { reasons } of group) if (reasons.length === 0) reasons.push(FROZEN_REASON)
}

/** The newest of what each writer made last: a snapshot that was dated ahead once does not stay the newest. */
function latestRun(group: readonly Candidate[]): Candidate | undefined {
  return lastRuns(group).sort(newestFirst)[0]
}

function lastRuns(group: readonly Candidate[]): Candidate[] {
  return [...new Map(group.filter(isRun).map((run) => [writerOf(run), run])).values()]
}

function isLater(run: Candidate, checkpoint: Candidate): boolean {
  return sameWriter(run, checkpoint) ? run.order > checkpoint.order : timeMs(run) > timeMs(checkpoint)
}

function isRun({ snapshot }: Candidate): boolean {
  return snapshot.kind === 'run'
}

function sameWriter(a: Candidate, b: Candidate): boolean {
  return writerOf(a) === writerOf(b)
}

function writerOf({ snapshot }: Candidate): string {
  return snapshot.id.slice(0, snapshot.id.indexOf('-'))
}

function timeMs({ snapshot }: Candidate): number {
  return snapshot.time.getTime()
}

function newestFirst(a: Candidate, b: Candidate): number {
  return b.snapshot.time.getTime() - a.snapshot.time.getTime() || b.order - a.order
}

/** Names of the hour, day, week, month and year of a moment in a zone: equal exactly when the period is the same. */
function createPeriods(timeZone: string): (time: Date) => Record<Period, string> {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    timeZoneName: 'longOffset',
  })
  return (time) => {
    const part: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {}
    for (const { type, value } of format.formatToParts(time)) part[type] = value
    const { year = '', month = '', day = '', hour = '', timeZoneName = '' } = part
    const date = `${year}-${month}-${day}`
    return {
      // The offset tells the two hours of one name apart when a clock is set back.
      hourly: `${date} ${hour}:00 ${timeZoneName.replace('GMT', 'UTC')}`,
      daily: date,
      weekly: isoWeek(Number(year), Number(month), Number(day)),
      monthly: `${year}-${month}`,
      yearly: year,
    }
  }
}

/** The ISO week of a day: weeks begin on Monday and belong to the year that holds their Thursday. */
function isoWeek(year: number, month: number, day: number): string {
  const thursday = new Date(Date.UTC(year, month - 1, day))
  thursday.setUTCDate(thursday.getUTCDate() + 4 - (thursday.getUTCDay() || 7))
  const weekYear = thursday.getUTCFullYear()
  const dayOfYear = (thursday.getTime() - Date.UTC(weekYear, 0, 1)) / 86_400_000
  return `${weekYear}-W${String(Math.floor(dayOfYear / 7) + 1).padStart(2, '0')}`
}
