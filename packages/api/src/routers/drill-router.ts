import { PlanId } from '@holdfast/domain'
import { z } from 'zod'
import { operator, router, viewer } from '../procedures.ts'

const Plan = z.object({ planId: PlanId })

/** Restore drills. */
export const drillRouter = router({
  start: operator.input(Plan).mutation(({ ctx, input }) => ctx.ports.drills.start(input.planId, ctx.actor)),
  get: viewer.input(Plan).query(({ ctx, input }) => ctx.ports.drills.get(input.planId) ?? null),
})
