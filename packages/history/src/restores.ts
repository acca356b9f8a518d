import { HoldfastError, Restore } from '@holdfast/domain'
import { appendAudit, type WithAudit } from './audit.ts'
import type { Database } from './database.ts'
import type { Restore as RestoreRow } from './generated/client.ts'
import { readJson, readRow } from './read-row.ts'

/** Restores into this machine. Every method is atomic. */
export type RestoreStore = {
  /** Stores a new one, or the newest state of one that is known. */
  put(restore: Restore, options?: WithAudit): Promise<void>
  /** Rejects with RUN_UNKNOWN. */
  get(id: string): Promise<Restore>
  /** Newest first. */
  list(query: { limit: number }): Promise<Restore[]>
  /** Ends every running one as failed: for the start of the agent, when nothing can be running. Returns them. */
  settleInterrupted(now: Date): Promise<Restore[]>
}

export function createRestoreStore(database: Database): RestoreStore {
  const { prisma } = database
  return {
    put: (restore, options = {}) =>
      database.write(async (transaction) => {
        const data = columnsOf(restore)
        await transaction.restore.upsert({ where: { id: restore.id }, create: data, update: data })
        await appendAudit(transaction, options)
      }),
    async get(id) {
      const row = await prisma.restore.findUnique({ where: { id } })
      if (row === null)
        throw new HoldfastError('RUN_UNKNOWN', `There is no restore "${id}".`, {
          next: 'List them with `holdfast restores`.',
        })
      return restoreOf(row)
    },
    list: async ({ limit }) =>
      (await prisma.restore.findMany({ orderBy: { seq: 'desc' }, take: limit })).map(restoreOf),
    settleInterrupted: (now) =>
      database.write(async (transaction) => {
        const rows = await transaction.restore.findMany({ where: { state: 'running' } })
        const settled = rows.map((row) => interrupted(restoreOf(row), now))
        for (const restore of settled)
          await transaction.restore.update({ where: { id: restore.id }, data: columnsOf(restore) })
        return settled
      }),
  }
}

function interrupted(restore: Restore, now: Date): Restore {
  const error = {
    code: 'ENGINE_DIED',
    message: 'Holdfast stopped while this restore was going on.',
    next: 'Go on with it: what is there already is kept.',
  }
  return { ...restore, state: 'failed', finishedAt: now, error }
}

function columnsOf(restore: Restore) {
  const { id, planId, snapshot, targetDir, state, startedAt, finishedAt, ...rest } = restore
  return { id, planId, snapshot, targetDir, state, startedAt, finishedAt, restJson: JSON.stringify(rest) }
}

function restoreOf(row: RestoreRow): Restore {
  const { restJson, seq: _, ...columns } = row
  const rest = readJson(restJson)
  const whole = typeof rest === 'object' && rest !== null ? { ...rest, ...columns } : columns
  return readRow(Restore, whole, `the restore ${row.id}`)
}
