import { KeepRules, type Plan, PlanId, PlanOptions, Schedule, Source, VaultPlace } from '@holdfast/domain'
import { z } from 'zod'
import { operator, owner, requireStepUp, router, viewer } from '../procedures.ts'

const Name = z.string().trim().min(1, 'Give the plan a name.').max(80)
const Sources = z.array(Source).min(1, 'Choose at least one folder.').max(100)

const NewPlanInput = z.object({
  name: Name,
  sources: Sources,
  place: VaultPlace,
  passphrase: z.string().min(8, 'At least eight characters.').max(1024).nullable(),
  schedule: Schedule,
  options: PlanOptions.prefault({}),
})

const PlanChangeInput = z.object({
  name: Name.optional(),
  sources: Sources.optional(),
  schedule: Schedule.optional(),
  options: PlanOptions.optional(),
})

/** Plans: list, make, change, pause, copy, remove; and what keep rules would keep of one's snapshots. */
export const planRouter = router({
  list: viewer.query(({ ctx }) => ctx.ports.plans.list()),
  create: owner.input(NewPlanInput).mutation(({ ctx, input }) => ctx.ports.plans.create(input, ctx.actor)),
  update: owner
    .meta({ stepUp: 'sometimes' })
    .input(z.object({ id: PlanId, change: PlanChangeInput }))
    .mutation(async ({ ctx, input }) => {
      const before = (await ctx.ports.plans.list()).find(({ id }) => id === input.id)
      if (changesKeep(before, input.change) || leavesOut(before, input.change)) requireStepUp(ctx)
      return await ctx.ports.plans.update(input.id, input.change, ctx.actor)
    }),
  duplicate: owner
    .input(z.object({ id: PlanId, name: Name }))
    .mutation(({ ctx, input }) => ctx.ports.plans.duplicate(input.id, input.name, ctx.actor)),
  remove: owner
    .meta({ stepUp: 'always' })
    .input(z.object({ id: PlanId }))
    .mutation(({ ctx, input }) => ctx.ports.plans.remove(input.id, ctx.actor)),
  setPaused: operator
    .input(z.object({ id: PlanId, paused: z.boolean() }))
    .mutation(({ ctx, input }) => ctx.ports.plans.setPaused(input.id, input.paused, ctx.actor)),
  acceptChange: owner
    .meta({ stepUp: 'always' })
    .input(z.object({ id: PlanId }))
    .mutation(({ ctx, input }) => ctx.ports.plans.acceptChange(input.id, ctx.actor)),
  copyNow: operator
    .input(z.object({ id: PlanId, place: VaultPlace }))
    .mutation(({ ctx, input }) => ctx.ports.plans.copyNow(input.id, input.place, ctx.actor)),
  previewRetention: owner
    .input(z.object({ id: PlanId, keep: KeepRules, timeZone: z.string().min(1).max(64) }))
    .query(({ ctx, input }) => ctx.ports.plans.previewRetention(input.id, input.keep, input.timeZone)),
})

/** What is kept of the past would be less, or something else. */
function changesKeep(before: Plan | undefined, { options }: z.infer<typeof PlanChangeInput>): boolean {
  return options !== undefined && JSON.stringify(options.keep) !== JSON.stringify(before?.options.keep)
}

/** A source would be in no snapshot from now on. */
function leavesOut(before: Plan | undefined, { sources }: z.infer<typeof PlanChangeInput>): boolean {
  const stays = new Set(sources?.map(({ path }) => path))
  return sources !== undefined && (before?.sources ?? []).some(({ path }) => !stays.has(path))
}
