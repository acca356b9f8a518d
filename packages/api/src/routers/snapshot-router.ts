import { PlanId, SnapshotId } from '@holdfast/domain'
import { z } from 'zod'
import { restorer, router, viewer } from '../procedures.ts'

/** Snapshots of a plan, and what is in them. */
export const snapshotRouter = router({
  list: viewer
    .input(z.object({ planId: PlanId }))
    .query(({ ctx, input }) => ctx.ports.snapshots.list(input.planId)),
  browse: restorer
    .input(
      z.object({
        planId: PlanId,
        snapshot: SnapshotId,
        path: z.string().max(8192),
        after: z.string().max(8192).optional(),
        limit: z.number().int().min(1).max(1000).default(200),
      }),
    )
    .query(({ ctx, input }) => ctx.ports.snapshots.browse(input)),
})
