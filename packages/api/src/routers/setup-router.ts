import { VaultPlace } from '@holdfast/domain'
import { z } from 'zod'
import { owner, router } from '../procedures.ts'

/** What a set-up asks the machine: folders, suggestions, remotes, places. */
export const setupRouter = router({
  folders: owner
    .input(z.object({ path: z.string().max(4096).optional(), after: z.string().max(255).optional() }))
    .query(({ ctx, input }) => ctx.ports.setup.folders(input.path, input.after)),
  suggestions: owner.query(({ ctx }) => ctx.ports.setup.suggestions()),
  remotes: owner.query(({ ctx }) => ctx.ports.setup.remotes()),
  inspectPlace: owner
    .input(z.object({ place: VaultPlace }))
    .mutation(({ ctx, input }) => ctx.ports.setup.inspectPlace(input.place, ctx.actor)),
  tryPassphrase: owner
    .input(z.object({ place: VaultPlace, passphrase: z.string().min(1).max(1024) }))
    .mutation(({ ctx, input }) => ctx.ports.setup.tryPassphrase(input.place, input.passphrase, ctx.actor)),
})
