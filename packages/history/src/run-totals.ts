import { Outcome } from '@holdfast/domain'
import { z } from 'zod'
import type { Database } from './database.ts'
import { readRow } from './read-row.ts'

/** The finished runs of a plan that ended in one way, together. Outcomes that never happened are left out. */
export type RunTotals = {
  readonly planId: string
  readonly outcome: Outcome
  readonly runs: number
  readonly bytesStored: number
  /** How long they took, from start to end. */
  readonly seconds: number
}

const Totals = z.array(
  z.object({
    planId: z.string(),
    outcome: Outcome,
    runs: z.coerce.number(),
    bytesStored: z.coerce.number(),
    seconds: z.coerce.number().transform((seconds) => Math.max(0, Math.round(seconds * 1000) / 1000)),
  }),
)

export async function runTotals({ prisma }: Database): Promise<RunTotals[]> {
  const answer: unknown = await prisma.$queryRawUnsafe(`
    SELECT planId, outcome, COUNT(*) AS runs, SUM(bytesStored) AS bytesStored,
      SUM((julianday(finishedAt) - julianday(startedAt)) * 86400.0) AS seconds
    FROM run WHERE state = 'finished' GROUP BY planId, outcome`)
  return readRow(Totals, answer, 'the totals of its runs')
}
