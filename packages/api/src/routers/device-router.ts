import { DeviceId } from '@holdfast/domain'
import { z } from 'zod'
import { ROLES } from '../context.ts'
import { openProcedure, owner, router, viewer } from '../procedures.ts'

const Name = z.string().trim().min(1).max(60)

/** Devices that may use this agent: who am I, pair, list, rename, revoke. */
export const deviceRouter = router({
  me: openProcedure.query(({ ctx }) => ({ device: ctx.device ?? null })),
  pair: openProcedure
    .input(z.object({ code: z.string().min(1).max(64), name: Name }))
    .mutation(async ({ ctx, input }) => {
      const paired = await ctx.ports.devices.pair(input.code, input.name, ctx.address)
      ctx.setSession(paired.session)
      return { device: paired.device, secret: paired.secret }
    }),
  issueCode: owner
    .input(z.object({ role: z.enum(ROLES) }))
    .mutation(({ ctx, input }) => ctx.ports.devices.issueCode(input.role, ctx.actor)),
  list: viewer.query(({ ctx }) => ctx.ports.devices.list()),
  rename: owner
    .input(z.object({ id: DeviceId, name: Name }))
    .mutation(({ ctx, input }) => ctx.ports.devices.rename(input.id, input.name, ctx.actor)),
  revoke: owner
    .input(z.object({ id: DeviceId }))
    .mutation(({ ctx, input }) => ctx.ports.devices.revoke(input.id, ctx.actor)),
})
