import { HookId, PlanId } from '@holdfast/domain'
import { z } from 'zod'
import { owner, router } from '../procedures.ts'

const Password = z
  .string()
  .min(1, 'Type the password.')
  .max(1024)
  .regex(/^[^\0\r\n]*$/, 'One line, please.')

/** What hooks may run on this machine, and the passwords of the databases that they dump. */
export const hookRouter = router({
  commands: owner.query(({ ctx }) => ctx.ports.hooks.commands()),
  passwords: owner
    .input(z.object({ planId: PlanId }))
    .query(({ ctx, input }) => ctx.ports.hooks.passwords(input.planId)),
  setPassword: owner
    .input(z.object({ planId: PlanId, hook: HookId, password: Password.nullable() }))
    .mutation(({ ctx, input }) =>
      ctx.ports.hooks.setPassword(input.planId, input.hook, input.password, ctx.actor),
    ),
})
