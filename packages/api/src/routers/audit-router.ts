import { z } from 'zod'
import { operator, router } from '../procedures.ts'

const Text = z.string().trim().min(1).max(200).optional()
const Query = z.object({
  ...{ act: Text, actor: Text, subject: Text, text: Text },
  ...{ since: z.coerce.date().optional(), until: z.coerce.date().optional() },
})

/** The audit trail: who did what, and whether anybody rewrote it. */
export const auditRouter = router({
  list: operator
    .input(
      Query.extend({ before: z.int().positive().optional(), limit: z.int().min(1).max(500).default(50) }),
    )
    .query(({ ctx, input }) => ctx.ports.audit.list(input)),
  verify: operator.query(({ ctx, signal }) => ctx.ports.audit.verify(signal ?? new AbortController().signal)),
  export: operator
    .input(Query.extend({ format: z.enum(['csv', 'json']) }))
    .mutation(({ ctx, input }) => ctx.ports.audit.export(input, ctx.actor)),
})
