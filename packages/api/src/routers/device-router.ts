import { DeviceId, Pin } from '@holdfast/domain'
import { z } from 'zod'
import { type ApiContext, ROLES } from '../context.ts'
import type { PairAnswer } from '../ports/devices.ts'
import { openProcedure, owner, router, viewer } from '../procedures.ts'

const Name = z.string().trim().min(1).max(60)

/** Devices that may use this agent: who am I, pair, confirm that it is me, list, rename, revoke. */
export const deviceRouter = router({
  me: openProcedure.query(({ ctx }) => ({ device: ctx.device ?? null })),
  pair: openProcedure
    .input(z.object({ code: z.string().min(1).max(64), name: Name }))
    .mutation(async ({ ctx, input }) => {
      return handedOver(await ctx.ports.devices.pair(input.code, input.name, ctx.address), ctx)
    }),
  collect: openProcedure
    .input(z.object({ ticket: z.string().min(1).max(64) }))
    .mutation(async ({ ctx, input }) => handedOver(await ctx.ports.devices.collect(input.ticket), ctx)),
  stepUp: viewer.query(({ ctx }) => ctx.ports.devices.stepUp(ctx.device.id)),
  confirm: viewer
    .input(
      z.discriminatedUnion('by', [
        z.object({ by: z.literal('pin'), pin: z.string().min(1).max(64) }),
        z.object({ by: z.literal('code'), code: z.string().min(1).max(64) }),
      ]),
    )
    .mutation(({ ctx, input }) => ctx.ports.devices.confirm(input, ctx.actor)),
  setPin: viewer
    .meta({ stepUp: 'always' })
    .input(z.object({ pin: Pin }))
    .mutation(({ ctx, input }) => ctx.ports.devices.setPin(input.pin, ctx.actor)),
  issueConfirmCode: owner.mutation(({ ctx }) => ctx.ports.devices.issueConfirmCode(ctx.actor)),
  waiting: owner.query(({ ctx }) => ctx.ports.devices.waiting()),
  approve: owner
    .meta({ stepUp: 'always' })
    .input(z.object({ id: DeviceId, role: z.enum(ROLES) }))
    .mutation(({ ctx, input }) => ctx.ports.devices.approve(input.id, input.role, ctx.actor)),
  deny: owner
    .input(z.object({ id: DeviceId }))
    .mutation(({ ctx, input }) => ctx.ports.devices.deny(input.id, ctx.actor)),
  issueCode: owner
    .meta({ stepUp: 'always' })
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

/** The session goes into the cookie and never into an answer that a script can read. */
function handedOver(answer: PairAnswer, ctx: Pick<ApiContext, 'setSession'>) {
  if (answer.kind === 'waiting') return answer
  const { session, ...rest } = answer
  ctx.setSession(session)
  return rest
}
