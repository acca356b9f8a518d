import { REPORT_PERIODS } from '@holdfast/domain'
import { z } from 'zod'
import { REPORT_FORMATS } from '../ports/reports.ts'
import { router, viewer } from '../procedures.ts'

const Query = z.object({
  kind: z.enum(REPORT_PERIODS),
  current: z.boolean().default(false),
  timeZone: z.string().min(1).max(64),
})

/** What happened in a week, a month or a year. */
export const reportRouter = router({
  get: viewer.input(Query).query(({ ctx, input }) => ctx.ports.reports.get(input)),
  export: viewer
    .input(Query.extend({ format: z.enum(REPORT_FORMATS), paper: z.enum(['a4', 'letter']).default('a4') }))
    .mutation(({ ctx, input }) => ctx.ports.reports.export(input, ctx.actor)),
})
