import { LogLine, type RunId } from '@holdfast/domain'
import { z } from 'zod'
import type { Database } from './database.ts'
import { readRow } from './read-row.ts'
import { withoutNul } from './without-nul.ts'

/** The log lines of runs, in the order in which they were appended. */
export type RunLog = {
  /** Stores a batch, all or nothing. Rejects when there is no such run. */
  append(id: RunId, lines: readonly LogLine[]): Promise<void>
  /** The newest `limit` lines, oldest first; none for an unknown run. */
  tail(id: RunId, limit: number): Promise<LogLine[]>
  /**
   * Removes the lines of runs that ended before `since`, and of the oldest ones above `bytes` in all. Those of unfinished
   * runs and of the newest run with lines stay; so do the runs themselves. Atomic.
   */
  keepWithin(rule: { since: Date; bytes: number }): Promise<void>
}

export function createRunLog(database: Database): RunLog {
  const { prisma } = database
  return {
    append: (runId, lines) =>
      database.write(async (transaction) => {
        await transaction.runEvent.createMany({
          data: lines.map(({ at, level, text }) => ({ runId, at, level, text: withoutNul(text) })),
        })
      }),
    async tail(runId, limit) {
      const rows = await prisma.runEvent.findMany({ where: { runId }, orderBy: { seq: 'desc' }, take: limit })
      return rows.reverse().map((row) => readRow(LogLine, row, `a log line of the run ${runId}`))
    },
    keepWithin: ({ since, bytes }) =>
      database.write(async (transaction) => {
        const answer: unknown = await transaction.$queryRawUnsafe(KEPT_SQL)
        const logs = readRow(Logs, answer, 'the sizes of its logs')
        let sum = 0
        for (const [i, { id, size, finishedAt }] of logs.entries()) {
          sum += size
          if (i === 0 || finishedAt === null || (finishedAt >= since && sum <= bytes)) continue
          await transaction.runEvent.deleteMany({ where: { runId: id } })
        }
      }),
  }
}

const LINE_BYTES = 40
/** Runs that have lines, newest first, and about how much room those take. */
const KEPT_SQL = `
  SELECT run.id AS id, run.finishedAt AS finishedAt, log.size AS size FROM run JOIN (
    SELECT runId, SUM(LENGTH(text) + ${LINE_BYTES}) AS size FROM run_event GROUP BY runId
  ) AS log ON log.runId = run.id ORDER BY run.seq DESC`
const Logs = z.array(
  z.object({ id: z.string(), finishedAt: z.coerce.date().nullable(), size: z.coerce.number() }),
)
