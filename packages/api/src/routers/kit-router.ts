import { VaultId } from '@holdfast/domain'
import { z } from 'zod'
import { PAPERS } from '../ports/kit.ts'
import { owner, router, viewer } from '../procedures.ts'

/** Recovery kits: what a second machine needs beside the passphrase. */
export const kitRouter = router({
  list: viewer.query(({ ctx }) => ctx.ports.kit.list()),
  make: owner
    .meta({ stepUp: 'always' })
    .input(z.object({ vault: VaultId }))
    .mutation(({ ctx, input }) => ctx.ports.kit.make(input.vault, ctx.actor)),
  page: owner
    .meta({ stepUp: 'always' })
    .input(z.object({ vault: VaultId, made: z.coerce.date(), paper: z.enum(PAPERS).default('a4') }))
    .mutation(({ ctx, input }) => ctx.ports.kit.page(input, ctx.actor)),
  sheet: owner
    .meta({ stepUp: 'always' })
    .input(
      z.object({
        vault: VaultId,
        passphrase: z.string().min(1).max(1024),
        paper: z.enum(PAPERS).default('a4'),
      }),
    )
    .mutation(({ ctx, input }) => ctx.ports.kit.sheet(input, ctx.actor)),
  saved: owner
    .input(z.object({ vault: VaultId, made: z.coerce.date() }))
    .mutation(({ ctx, input }) => ctx.ports.kit.saved(input.vault, input.made, ctx.actor)),
})
