import { DeviceId } from '@holdfast/domain'
import { z } from 'zod'
import { openProcedure, owner, router, viewer } from '../procedures.ts'

/** Devices that may use this agent: who am I, pair, list, revoke. */
export const deviceRouter = router({
  me: openProcedure.query(({ ctx }) => ({ device: ctx.device ?? null })),
  pair: openProcedure
    .input(z.object({ code: z.string().min(1).max(64), name: z.string().trim().min(1).max(60) }))
    .mutation(async ({ ctx, input }) => {
      const paired = await ctx.ports.devices.pair(input.code, input.name, ctx.address)
      ctx.setSession(paired.session)
      return { device: paired.device, secret: paired.secret }
    }),
  list: viewer.query(({ ctx }) => ctx.ports.devices.list()),
  revoke: owner
    .input(z.object({ id: DeviceId }))
    .mutation(({ ctx, input }) => ctx.ports.devices.revoke(input.id, ctx.actor)),
})
