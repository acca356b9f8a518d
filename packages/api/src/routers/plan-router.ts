import { PlanId, Schedule, Source, VaultPlace } from '@holdfast/domain'
import { z } from 'zod'
import { operator, owner, router, viewer } from '../procedures.ts'

const NewPlanInput = z.object({
  name: z.string().trim().min(1, 'Give the plan a name.').max(80),
  sources: z.array(Source).min(1, 'Choose at least one folder.').max(100),
  place: VaultPlace,
  passphrase: z.string().min(8, 'At least eight characters.').max(1024).nullable(),
  schedule: Schedule,
})

/** Plans: list, make, pause. */
export const planRouter = router({
  list: viewer.query(({ ctx }) => ctx.ports.plans.list()),
  create: owner.input(NewPlanInput).mutation(({ ctx, input }) => ctx.ports.plans.create(input, ctx.actor)),
  setPaused: operator
    .input(z.object({ id: PlanId, paused: z.boolean() }))
    .mutation(({ ctx, input }) => ctx.ports.plans.setPaused(input.id, input.paused, ctx.actor)),
})
