import { PlanId, SnapshotId } from '@holdfast/domain'
import { z } from 'zod'
import { restorer, router } from '../procedures.ts'

/** Restores into a folder of the machine. */
export const restoreRouter = router({
  start: restorer
    .input(
      z.object({
        planId: PlanId,
        snapshot: SnapshotId,
        paths: z.array(z.string().max(8192)).max(1000),
        targetDir: z
          .string()
          .min(1)
          .max(4096)
          .refine((path) => path.startsWith('/'), 'An absolute path, please.'),
      }),
    )
    .mutation(({ ctx, input }) => ctx.ports.restores.start(input, ctx.actor)),
  get: restorer
    .input(z.object({ id: z.string().max(64) }))
    .query(({ ctx, input }) => ctx.ports.restores.get(input.id)),
  cancel: restorer
    .input(z.object({ id: z.string().max(64) }))
    .mutation(({ ctx, input }) => ctx.ports.restores.cancel(input.id, ctx.actor)),
})
