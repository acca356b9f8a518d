import {
  CONFLICT_RULES,
  overwrites,
  PathMapping,
  PlanId,
  VaultId,
  VaultPlace,
  WriterId,
} from '@holdfast/domain'
import { z } from 'zod'
import { RECOVER_HOWS } from '../ports/recover.ts'
import { owner, requireStepUp, router } from '../procedures.ts'

const AbsoluteDir = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^\/[^\0]*$/, 'An absolute path, please.')

/** The last day: a machine comes back from a vault. */
export const recoverRouter = router({
  state: owner.query(({ ctx }) => ctx.ports.recover.state()),
  open: owner
    .input(
      z
        .object({
          kit: z
            .string()
            .max(1024 * 1024)
            .nullable()
            .default(null),
          place: VaultPlace.nullable().default(null),
          passphrase: z.string().min(1).max(1024).nullable().default(null),
          tokens: z.record(z.string().max(64), z.string().max(65_536)).default({}),
        })
        .refine(({ kit, place }) => kit !== null || place !== null, {
          path: ['kit'],
          message: 'A recovery kit or a place, please.',
        }),
    )
    .mutation(({ ctx, input }) => ctx.ports.recover.open(input, ctx.actor)),
  bring: owner
    .input(
      z.object({
        vault: VaultId,
        writer: WriterId,
        how: z.enum(RECOVER_HOWS),
        mappings: z.array(PathMapping).max(50).default([]),
      }),
    )
    .mutation(({ ctx, input }) => ctx.ports.recover.bring(input, ctx.actor)),
  data: owner.query(({ ctx }) => ctx.ports.recover.data()),
  restore: owner
    .meta({ stepUp: 'sometimes' })
    .input(
      z.object({
        planIds: z.array(PlanId).min(1).max(100),
        targetDir: AbsoluteDir.nullable(),
        conflict: z.enum(CONFLICT_RULES).default('keep-both'),
      }),
    )
    .mutation(({ ctx, input }) => {
      if (overwrites(input.conflict)) requireStepUp(ctx)
      return ctx.ports.recover.restore(input, ctx.actor)
    }),
  resume: owner
    .input(z.object({ all: z.boolean().default(false) }))
    .mutation(({ ctx, input }) => ctx.ports.recover.resume(input, ctx.actor)),
  unlock: owner
    .input(z.object({ vault: VaultId, passphrase: z.string().min(1).max(1024).nullable().default(null) }))
    .mutation(({ ctx, input }) => ctx.ports.recover.unlock(input, ctx.actor)),
  takeOver: owner
    .input(z.object({ vault: VaultId }))
    .mutation(({ ctx, input }) => ctx.ports.recover.takeOver(input.vault, ctx.actor)),
})
