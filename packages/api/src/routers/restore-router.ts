import { CONFLICT_RULES, overwrites, PlanId, SnapshotId } from '@holdfast/domain'
import { z } from 'zod'
import { requireStepUp, restorer, router, viewer } from '../procedures.ts'

const Id = z.object({ id: z.string().max(64) })
const Moment = z.object({ planId: PlanId, snapshot: SnapshotId })
const Paths = z.array(z.string().max(8192)).max(1000)

/** Restores: into a folder of the machine, in place, or as a download. */
export const restoreRouter = router({
  start: restorer
    .meta({ stepUp: 'sometimes' })
    .input(
      Moment.extend({
        paths: Paths,
        targetDir: z
          .string()
          .min(1)
          .max(4096)
          .regex(/^\/[^\0]*$/, 'An absolute path, please.'),
        conflict: z.enum(CONFLICT_RULES).default('keep-both'),
      }),
    )
    .mutation(({ ctx, input }) => {
      if (overwrites(input.conflict)) requireStepUp(ctx)
      return ctx.ports.restores.start(input, ctx.actor)
    }),
  previewRewind: restorer
    .input(Moment)
    .query(({ ctx, input, signal }) =>
      ctx.ports.restores.previewRewind(input, signal ?? new AbortController().signal),
    ),
  rewind: restorer
    .meta({ stepUp: 'always' })
    .input(Moment.extend({ aside: z.boolean() }))
    .mutation(({ ctx, input }) => ctx.ports.restores.rewind(input, ctx.actor)),
  again: restorer
    .meta({ stepUp: 'always' })
    .input(Id)
    .mutation(({ ctx, input }) => ctx.ports.restores.again(input.id, ctx.actor)),
  get: restorer.input(Id).query(({ ctx, input }) => ctx.ports.restores.get(input.id)),
  list: viewer
    .input(z.object({ limit: z.int().min(1).max(200) }))
    .query(({ ctx, input }) => ctx.ports.restores.list(input.limit)),
  cancel: restorer.input(Id).mutation(({ ctx, input }) => ctx.ports.restores.cancel(input.id, ctx.actor)),
  download: restorer
    .input(Moment.extend({ paths: Paths.min(1) }))
    .mutation(({ ctx, input }) => ctx.ports.restores.download(input, ctx.actor)),
})
