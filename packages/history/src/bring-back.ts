import { type FinishedRun, HoldfastError, type Plan, type Vault, type VaultId } from '@holdfast/domain'
import { type AuditAct, type AuditEntry, appendAct, auditEntryOf, auditRowOf } from './audit.ts'
import type { Database, Transaction } from './database.ts'
import { keepVault, planRow, raiseLastSeq } from './plans.ts'
import { finishedColumns } from './runs.ts'

/** Another installation's history, as it stood in a vault. */
export type BroughtBack = {
  readonly plans: readonly Plan[]
  readonly vaults: readonly Vault[]
  /** In the order of their numbers. */
  readonly runs: readonly { readonly seq: number; readonly run: FinishedRun }[]
  readonly audit: readonly AuditEntry[]
  readonly lastSeq: { readonly vault: VaultId; readonly seq: number }
  readonly at: Date
}

/**
 * Stores a recovered history in a database that has no plan and no run yet: HOME_NOT_EMPTY otherwise. The audit trail
 * goes on where the old one ended; what was done here before stands behind it, then the act itself. Runs of plans that
 * were removed there stay known through a removed plan. Atomic.
 */
export function bringBack(
  database: Database,
  what: BroughtBack,
  { audit }: { audit: AuditAct },
): Promise<void> {
  return database.write(async (transaction) => {
    if ((await transaction.plan.count()) > 0 || (await transaction.run.count()) > 0)
      throw new HoldfastError('HOME_NOT_EMPTY', 'There are plans on this machine already.')
    for (const vault of what.vaults) await keepVault(transaction, vault, what.at)
    for (const plan of what.plans) {
      await keepVault(transaction, plan.vault, plan.createdAt)
      await transaction.plan.create({ data: planRow(plan) })
    }
    await keepRuns(transaction, what)
    await raiseLastSeq(transaction, what.lastSeq.vault, what.lastSeq.seq)
    await continueAudit(transaction, what.audit)
    await appendAct(transaction, audit)
  })
}

async function keepRuns(transaction: Transaction, { runs, plans, lastSeq, at }: BroughtBack): Promise<void> {
  const known = new Set<string>(plans.map(({ id }) => id))
  const ids = new Set<string>()
  for (const { seq, run } of runs) {
    if (ids.has(run.id)) continue
    ids.add(run.id)
    if (!known.has(run.planId)) {
      known.add(run.planId)
      const schedule = { kind: 'manual' }
      await transaction.plan.create({
        data: {
          ...{ id: run.planId, name: run.planId, vaultId: lastSeq.vault, paused: true },
          ...{ scheduleJson: JSON.stringify(schedule), createdAt: at, removedAt: at },
        },
      })
    }
    const { id, planId, trigger, queuedAt, startedAt } = run
    await transaction.run.create({
      data: { seq, id, planId, trigger, queuedAt, startedAt, ...finishedColumns(run) },
    })
  }
}

async function continueAudit(transaction: Transaction, entries: readonly AuditEntry[]): Promise<void> {
  const own = (await transaction.auditEntry.findMany({ orderBy: { seq: 'asc' } })).map(auditEntryOf)
  await transaction.auditEntry.deleteMany()
  for (const entry of entries) await transaction.auditEntry.create({ data: auditRowOf(entry) })
  for (const { seq: _, previous: __, hash: ___, ...act } of own) await appendAct(transaction, act)
}
