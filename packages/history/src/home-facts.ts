import {
  DAY_MS,
  type FinishedRun,
  Outcome,
  type Plan,
  type Proof,
  type Run,
  type StripRun,
} from '@holdfast/domain'
import { z } from 'zod'
import type { Database } from './database.ts'
import type { Run as RunRow } from './generated/client.ts'
import { listPlans } from './plans.ts'
import { createProofStore } from './proofs.ts'
import { readJson, readRow } from './read-row.ts'
import { finishedRunOf, runOf } from './run-row.ts'

/** What the history knows about one plan, as the verdict on it and its card on the home screen need it. */
export type PlanHistory = {
  readonly plan: Plan
  /** Queued or running; at most one. */
  readonly running: Run | undefined
  /** The newest finished run, a skipped one too. */
  readonly lastRun: FinishedRun | undefined
  /** The newest two finished runs, newest first, skipped ones left out. */
  readonly lastRuns: readonly FinishedRun[]
  /** When the newest run that left a snapshot (complete or incomplete) finished. */
  readonly lastSnapshotAt: Date | undefined
  /** The newest proof, of a run or a drill. */
  readonly lastProof: Proof | undefined
  readonly lastDrill: Proof | undefined
  /** Every finished run of the last days, oldest first. */
  readonly strip: readonly StripRun[]
}

export type HomeFacts = {
  /** In the order in which the plans were made. */
  readonly plans: readonly PlanHistory[]
  /** Newest first, of all plans, unfinished ones too. */
  readonly recentRuns: readonly Run[]
}

export type HomeQuery = { readonly now: Date; readonly stripDays: number; readonly recentRuns: number }

const Chosen = z.array(
  z.object({ why: z.enum(['recent', 'unfinished', 'last', 'outcome', 'proof']), seq: z.coerce.number() }),
)
type Why = z.infer<typeof Chosen>[number]['why']

/**
 * For each plan and reason, which runs matter: a handful of steps down an index each, so that it costs the same with
 * ten runs and with a hundred thousand. Two of each outcome hold the newest two of all that count.
 */
export const CHOOSE_RUNS_SQL = `
  WITH counting AS (VALUES ('complete'), ('incomplete'), ('failed'), ('cancelled'), ('interrupted'))
  SELECT 'recent' AS why, seq FROM (SELECT seq FROM run ORDER BY seq DESC LIMIT ?)
  UNION ALL
  SELECT 'unfinished', seq FROM run WHERE state IN ('queued', 'running')
  UNION ALL
  SELECT 'last', (SELECT seq FROM run WHERE planId = plan.id AND state = 'finished' ORDER BY seq DESC LIMIT 1) FROM plan
  UNION ALL
  SELECT 'outcome',
    (SELECT seq FROM run WHERE planId = plan.id AND outcome = column1 ORDER BY seq DESC LIMIT 1 OFFSET 0) FROM plan, counting
  UNION ALL
  SELECT 'outcome',
    (SELECT seq FROM run WHERE planId = plan.id AND outcome = column1 ORDER BY seq DESC LIMIT 1 OFFSET 1) FROM plan, counting
  UNION ALL
  SELECT 'proof',
    (SELECT seq FROM run WHERE planId = plan.id AND provenAt IS NOT NULL ORDER BY provenAt DESC LIMIT 1) FROM plan`

/** One row a plan: thousands of small rows would take longer on their way through Prisma than everything else. */
export const STRIP_SQL = `
  SELECT plan.id AS planId, (
    SELECT json_group_array(json_array(finishedAt, outcome, bytesStored)) FROM (
      SELECT finishedAt, outcome, bytesStored FROM run WHERE planId = plan.id AND finishedAt >= ? ORDER BY finishedAt)
  ) AS runs FROM plan`

const StripTuple = z
  .tuple([z.coerce.date(), Outcome, z.number()])
  .transform(([finishedAt, outcome, bytesStored]): StripRun => ({ finishedAt, outcome, bytesStored }))
const Strips = z.array(
  z.object({ planId: z.string(), runs: z.string().transform(readJson).pipe(z.array(StripTuple)) }),
)

/** Everything that the home screen needs, in a few statements that walk indices only. */
export async function homeFacts(database: Database, query: HomeQuery): Promise<HomeFacts> {
  const { prisma } = database
  const plans = await listPlans(prisma)
  const drills = await createProofStore(database).newest()
  const answer: unknown = await prisma.$queryRawUnsafe(
    `SELECT why, seq FROM (${CHOOSE_RUNS_SQL}) WHERE seq IS NOT NULL`,
    query.recentRuns,
  )
  const chosen = readRow(Chosen, answer, 'its newest runs')
  const rows = await prisma.run.findMany({
    where: { seq: { in: [...new Set(chosen.map(({ seq }) => seq))] } },
    orderBy: { seq: 'desc' },
  })
  const seqs = Map.groupBy(chosen, ({ why }) => why)
  const rowsFor = (why: Why) => {
    const wanted = new Set(seqs.get(why)?.map(({ seq }) => seq))
    return rows.filter(({ seq }) => wanted.has(seq))
  }
  const strips = await stripRuns(prisma, query)
  const byReason = {
    unfinished: rowsFor('unfinished'),
    last: rowsFor('last'),
    outcome: rowsFor('outcome'),
    proof: rowsFor('proof'),
  }
  return {
    plans: plans.map((plan) =>
      planHistory(plan, byReason, { strip: strips.get(plan.id) ?? [], drill: drills.get(plan.id) }),
    ),
    recentRuns: rowsFor('recent').map(runOf),
  }
}

function planHistory(
  plan: Plan,
  rows: Record<Exclude<Why, 'recent'>, RunRow[]>,
  { strip, drill }: { strip: readonly StripRun[]; drill: Proof | undefined },
): PlanHistory {
  const ofPlan = (why: Exclude<Why, 'recent'>) => rows[why].filter(({ planId }) => planId === plan.id)
  const [running] = ofPlan('unfinished')
  const [last] = ofPlan('last')
  const [proven] = ofPlan('proof')
  const counting = ofPlan('outcome')
  const withSnapshot = counting.find(({ outcome }) => outcome === 'complete' || outcome === 'incomplete')
  return {
    plan,
    running: running && runOf(running),
    lastRun: last && finishedRunOf(last),
    lastRuns: counting.slice(0, 2).map(finishedRunOf),
    lastSnapshotAt: withSnapshot?.finishedAt ?? undefined,
    lastProof: newerOf((proven && finishedRunOf(proven).proof) ?? undefined, drill),
    lastDrill: drill,
    strip,
  }
}

function newerOf(ofRun: Proof | undefined, drill: Proof | undefined): Proof | undefined {
  if (ofRun === undefined || drill === undefined) return ofRun ?? drill
  return ofRun.at > drill.at ? ofRun : drill
}

async function stripRuns(
  prisma: Database['prisma'],
  { now, stripDays }: HomeQuery,
): Promise<Map<string, StripRun[]>> {
  // One day more: the first day of the strip begins at midnight somewhere, before this hour of the day.
  const since = new Date(now.getTime() - (stripDays + 1) * DAY_MS)
  const answer: unknown = await prisma.$queryRawUnsafe(STRIP_SQL, since)
  const strips = readRow(Strips, answer, 'the runs of the last days')
  return new Map(strips.map(({ planId, runs }) => [planId, runs]))
}
