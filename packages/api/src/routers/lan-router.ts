import { z } from 'zod'
import { owner, router, viewer } from '../procedures.ts'

/** The agent on the local network. */
export const lanRouter = router({
  get: viewer.query(({ ctx }) => ctx.ports.lan.get()),
  qr: viewer.query(({ ctx }) => ctx.ports.lan.qr()),
  set: owner
    .input(z.object({ on: z.boolean() }))
    .mutation(({ ctx, input }) => ctx.ports.lan.set(input.on, ctx.actor)),
})
