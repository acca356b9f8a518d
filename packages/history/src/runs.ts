import {
  type FinishedRun,
  HoldfastError,
  type PlanId,
  type Run,
  type RunId,
  type RunTrigger,
} from '@holdfast/domain'
import { appendAudit, type WithAudit } from './audit.ts'
import type { Database, Transaction } from './database.ts'
import { raiseLastSeq } from './plans.ts'
import { finishedRunOf, runOf } from './run-row.ts'
import { type RunTotals, runTotals } from './run-totals.ts'
import { withoutNul } from './without-nul.ts'

export type NewRun = {
  readonly id: RunId
  readonly planId: PlanId
  readonly trigger: RunTrigger
  /** The due time that started it; undefined for a run started by hand. */
  readonly dueAt?: Date | undefined
  readonly queuedAt: Date
}

/** How a run ended; the same facts as in the finished run itself. */
export type RunEnd = Pick<FinishedRun, 'outcome' | 'summary' | 'reason' | 'proof' | 'finishedAt'>

/** `already`: this due time has its run. `busy`: another run of the plan has not finished. Nothing was stored then. */
export type Queued =
  | { readonly kind: 'queued'; readonly run: Run }
  | { readonly kind: 'already'; readonly run: Run }
  | { readonly kind: 'busy'; readonly run: Run }

/** Every method is atomic. Reads see what the last finished write left. */
export type RunStore = {
  /**
   * Stores a queued run, unless its due time has one or the plan is at it already: at most one run of a plan is
   * unfinished, and a due time has one run, also after a restart. Rejects with PLAN_UNKNOWN.
   */
  insertQueued(run: NewRun, options?: WithAudit): Promise<Queued>
  /**
   * Stores a run that is skipped, finished at `queuedAt`. Answers `already` like `insertQueued`; a run of the plan
   * that goes on is no hindrance. Rejects with PLAN_UNKNOWN.
   */
  insertSkipped(run: NewRun, reason: NonNullable<FinishedRun['reason']>): Promise<Queued>
  /** Rejects with RUN_UNKNOWN, or RUN_NOT_RUNNING when it has finished. */
  markRunning(id: RunId, startedAt: Date): Promise<Run>
  /**
   * The run's end, once and for ever. A summary also raises the vault's highest snapshot number. A run that never
   * started counts as started when it ended. Rejects with RUN_UNKNOWN, or RUN_NOT_RUNNING when it has finished.
   */
  finish(id: RunId, end: RunEnd, options?: WithAudit): Promise<FinishedRun>
  /** Somebody has looked at a run's suspect source and found it right. Safe to repeat. Rejects with RUN_UNKNOWN. */
  clearSuspect(id: RunId, options?: WithAudit): Promise<void>
  /**
   * Ends every unfinished run as interrupted: for the start of the agent, when nothing can be running. Returns them,
   * oldest first.
   */
  settleInterrupted(now: Date): Promise<FinishedRun[]>
  /** Rejects with RUN_UNKNOWN. */
  get(id: RunId): Promise<Run>
  /** All finished runs, counted by plan and outcome. */
  totals(): Promise<RunTotals[]>
  /** Newest first, by the order of queuing. `before` is the last run of the page before; RUN_UNKNOWN if it isn't one. */
  list(query: { planId?: PlanId | undefined; before?: RunId | undefined; limit: number }): Promise<Run[]>
  /** The unfinished runs, oldest first. */
  listUnfinished(): Promise<Run[]>
}

const UNFINISHED = { state: { in: ['queued', 'running'] } }

export function createRunStore(database: Database): RunStore {
  const { prisma } = database
  return {
    totals: () => runTotals(database),
    insertQueued: (run, options = {}) =>
      database.write(async (transaction) => {
        const hindrance =
          (await runOfDueTime(transaction, run)) ?? (await unfinishedOf(transaction, run.planId))
        if (hindrance !== undefined) return hindrance
        const row = await transaction.run.create({ data: { ...newRow(run), state: 'queued' } })
        await appendAudit(transaction, options)
        return { kind: 'queued', run: runOf(row) }
      }),
    insertSkipped: (run, reason) =>
      database.write(async (transaction) => {
        const already = await runOfDueTime(transaction, run)
        if (already !== undefined) return already
        const row = await transaction.run.create({
          data: {
            ...newRow(run),
            ...{ state: 'finished', outcome: 'skipped', startedAt: run.queuedAt, finishedAt: run.queuedAt },
            ...reasonColumns(reason),
          },
        })
        return { kind: 'queued', run: runOf(row) }
      }),
    markRunning: (id, startedAt) =>
      database.write(async (transaction) => {
        await unfinished(transaction, id)
        return runOf(await transaction.run.update({ where: { id }, data: { state: 'running', startedAt } }))
      }),
    finish: (id, end, options = {}) =>
      database.write(async (transaction) => {
        const finished = await finishRun(transaction, id, end)
        await appendAudit(transaction, options)
        return finished
      }),
    clearSuspect: (id, options = {}) =>
      database.write(async (transaction) => {
        const run = runOf(await rowById(transaction, id))
        if (run.state !== 'finished' || run.summary === null || run.summary.suspect === null) return
        await transaction.run.update({
          where: { id },
          data: {
            summaryJson: JSON.stringify({ ...run.summary, suspect: null }),
            ...{ reasonCode: null, reasonMessage: null, reasonNext: null },
          },
        })
        await appendAudit(transaction, options)
      }),
    settleInterrupted: (now) =>
      database.write(async (transaction) => {
        const rows = await transaction.run.findMany({ where: UNFINISHED, orderBy: { seq: 'asc' } })
        const settled: FinishedRun[] = []
        for (const row of rows) settled.push(await finishRun(transaction, row.id, interruptedAt(now)))
        return settled
      }),
    async get(id) {
      return runOf(await rowById(prisma, id))
    },
    async list({ planId, before, limit }) {
      const seq = before === undefined ? undefined : { lt: (await rowById(prisma, before)).seq }
      const where = { ...(planId === undefined ? {} : { planId }), ...(seq === undefined ? {} : { seq }) }
      return (await prisma.run.findMany({ where, orderBy: { seq: 'desc' }, take: limit })).map(runOf)
    },
    async listUnfinished() {
      return (await prisma.run.findMany({ where: UNFINISHED, orderBy: { seq: 'asc' } })).map(runOf)
    },
  }
}

async function finishRun(transaction: Transaction, id: string, end: RunEnd): Promise<FinishedRun> {
  const before = await unfinished(transaction, id)
  const { summary, finishedAt } = end
  const row = await transaction.run.update({
    where: { id },
    data: { startedAt: before.startedAt ?? finishedAt, ...finishedColumns(end) },
    include: { plan: { select: { vaultId: true } } },
  })
  if (summary !== null) await raiseLastSeq(transaction, row.plan.vaultId, seqOf(summary.snapshot))
  return finishedRunOf(row)
}

/** The columns of a run that has ended, but for when it started. */
export function finishedColumns({ outcome, summary, reason, proof, finishedAt }: RunEnd) {
  return {
    ...{ state: 'finished', finishedAt, outcome },
    bytesStored: BigInt(Math.round(summary?.bytesStored ?? 0)),
    summaryJson: summary === null ? null : JSON.stringify(summary),
    ...reasonColumns(reason),
    proofJson: proof === null ? null : JSON.stringify(proof),
    provenAt: proof?.at ?? null,
  }
}

function interruptedAt(finishedAt: Date): RunEnd {
  const reason = {
    code: 'ENGINE_DIED',
    message: 'Holdfast stopped while this run was going on.',
    next: 'The next run continues where this one ended.',
  }
  return { outcome: 'interrupted', summary: null, reason, proof: null, finishedAt }
}

async function runOfDueTime(transaction: Transaction, run: NewRun): Promise<Queued | undefined> {
  const plan = await transaction.plan.findUnique({
    where: { id: run.planId, removedAt: null },
    select: { id: true },
  })
  if (plan === null) throw new HoldfastError('PLAN_UNKNOWN', `There is no plan "${run.planId}".`)
  if (run.dueAt === undefined) return undefined
  const { planId, dueAt } = run
  const row = await transaction.run.findUnique({ where: { planId_dueAt: { planId, dueAt } } })
  return row === null ? undefined : { kind: 'already', run: runOf(row) }
}

async function unfinishedOf(transaction: Transaction, planId: PlanId): Promise<Queued | undefined> {
  const row = await transaction.run.findFirst({ where: { ...UNFINISHED, planId } })
  return row === null ? undefined : { kind: 'busy', run: runOf(row) }
}

async function unfinished(transaction: Transaction, id: string) {
  const row = await rowById(transaction, id)
  if (row.state === 'finished') throw new HoldfastError('RUN_NOT_RUNNING', `The run "${id}" has ended.`)
  return row
}

async function rowById(prisma: Transaction, id: string) {
  const row = await prisma.run.findUnique({ where: { id } })
  if (row === null) throw new HoldfastError('RUN_UNKNOWN', `There is no run "${id}".`)
  return row
}

function newRow({ id, planId, trigger, dueAt, queuedAt }: NewRun) {
  return { id, planId, trigger, dueAt: dueAt ?? null, queuedAt }
}

function reasonColumns(reason: FinishedRun['reason']) {
  if (reason === null) return { reasonCode: null, reasonMessage: null, reasonNext: null }
  const { code, message, next } = reason
  return { reasonCode: code, reasonMessage: withoutNul(message), reasonNext: withoutNul(next) }
}

/** The number in `<writer>-<number>`. */
function seqOf(snapshot: string): number {
  return Number(snapshot.slice(snapshot.lastIndexOf('-') + 1))
}
