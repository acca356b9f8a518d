import { PlanId, SnapshotId } from '@holdfast/domain'
import { z } from 'zod'
import { restorer, router } from '../procedures.ts'

const Path = z.string().max(8192)
const Limit = z.number().int().min(1).max(500)
const never = new AbortController().signal

/** Looking for things in the vault of a plan: by name, over time, and into files. */
export const findRouter = router({
  search: restorer
    .input(
      z.object({
        planId: PlanId,
        pattern: z.string().trim().min(1, 'Type a part of a name.').max(200),
        after: Path.optional(),
        limit: Limit.default(50),
      }),
    )
    .query(({ ctx, input, signal }) => ctx.ports.find.search(input, signal ?? never)),
  versions: restorer
    .input(z.object({ planId: PlanId, path: Path.min(1) }))
    .query(({ ctx, input, signal }) => ctx.ports.find.versions(input, signal ?? never)),
  diff: restorer
    .input(
      z.object({
        ...{ planId: PlanId, from: SnapshotId, to: SnapshotId, path: Path, after: Path.optional() },
        limit: Limit.default(200),
      }),
    )
    .query(({ ctx, input, signal }) => ctx.ports.find.diff(input, signal ?? never)),
  runChanges: restorer
    .input(z.object({ planId: PlanId, snapshot: SnapshotId }))
    .query(({ ctx, input, signal }) => ctx.ports.find.runChanges(input, signal ?? never)),
  deleted: restorer
    .input(z.object({ planId: PlanId, limit: Limit.default(20) }))
    .query(({ ctx, input, signal }) => ctx.ports.find.deleted(input, signal ?? never)),
  preview: restorer
    .input(z.object({ planId: PlanId, snapshot: SnapshotId, path: Path.min(1) }))
    .query(({ ctx, input, signal }) => ctx.ports.find.preview(input, signal ?? never)),
})
