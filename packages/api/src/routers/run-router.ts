import { PlanId, RunId } from '@holdfast/domain'
import { z } from 'zod'
import { operator, router, viewer } from '../procedures.ts'

/** Runs: start, cancel, look at them and their logs. */
export const runRouter = router({
  start: operator
    .input(z.object({ planId: PlanId }))
    .mutation(({ ctx, input }) => ctx.ports.runs.start(input.planId, ctx.actor)),
  cancel: operator
    .input(z.object({ id: RunId }))
    .mutation(({ ctx, input }) => ctx.ports.runs.cancel(input.id, ctx.actor)),
  get: viewer.input(z.object({ id: RunId })).query(({ ctx, input }) => ctx.ports.runs.get(input.id)),
  list: viewer
    .input(
      z.object({
        planId: PlanId.optional(),
        before: RunId.optional(),
        limit: z.number().int().min(1).max(200).default(50),
      }),
    )
    .query(({ ctx, input }) => ctx.ports.runs.list(input)),
  log: viewer
    .input(z.object({ id: RunId, limit: z.number().int().min(1).max(6000).default(500) }))
    .query(({ ctx, input }) => ctx.ports.runs.log(input.id, input.limit)),
  transfers: viewer
    .input(z.object({ id: RunId }))
    .query(({ ctx, input, signal }) =>
      ctx.ports.runs.transfers(input.id, signal ?? new AbortController().signal),
    ),
})
