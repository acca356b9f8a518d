import { REPORT_PERIODS } from '@holdfast/domain'
import { z } from 'zod'
import { router, viewer } from '../procedures.ts'

/** What happened in a week, a month or a year. */
export const reportRouter = router({
  get: viewer
    .input(
      z.object({
        kind: z.enum(REPORT_PERIODS),
        current: z.boolean().default(false),
        timeZone: z.string().min(1).max(64),
      }),
    )
    .query(({ ctx, input }) => ctx.ports.reports.get(input)),
})
