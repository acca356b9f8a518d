import { LogLine, type RunId } from '@holdfast/domain'
import type { Database } from './database.ts'
import { readRow } from './read-row.ts'
import { withoutNul } from './without-nul.ts'

/** The log lines of runs, in the order in which they were appended. */
export type RunLog = {
  /** Stores a batch, all or nothing. Rejects when there is no such run. */
  append(id: RunId, lines: readonly LogLine[]): Promise<void>
  /** The newest `limit` lines, oldest first; none for an unknown run. */
  tail(id: RunId, limit: number): Promise<LogLine[]>
  /** Keeps the lines of the newest `runs` runs only. */
  keepNewest(runs: number): Promise<void>
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
    keepNewest: (runs) =>
      database.write(async (transaction) => {
        // Lines are numbered in the order of time, so the oldest line to keep bounds a short walk over the rest.
        await transaction.$executeRaw`
          DELETE FROM run_event WHERE runId IN (
            SELECT id FROM run WHERE state = 'finished'
              AND seq <= (SELECT seq FROM run ORDER BY seq DESC LIMIT 1 OFFSET ${runs})
              AND EXISTS (SELECT 1 FROM run_event WHERE run_event.runId = run.id))`
      }),
  }
}
