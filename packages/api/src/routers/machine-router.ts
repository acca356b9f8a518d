import { USUAL_SILENCE_HOURS } from '@holdfast/domain'
import { z } from 'zod'
import { operator, owner, router, viewer } from '../procedures.ts'

const Id = z.string().min(1).max(64)
const Address = z.string().trim().min(1, 'Where is it?').max(300)
const Hours = z
  .number()
  .int()
  .min(1)
  .max(24 * 90)
const Fingerprint = z
  .string()
  .trim()
  .regex(/^([0-9a-f]{2}[: ]?){32}$/i, 'Not a SHA-256 fingerprint.')

/** Other machines that this one watches. */
export const machineRouter = router({
  list: viewer.query(({ ctx }) => ctx.ports.machines.list()),
  nearby: owner.query(({ ctx, signal }) => ctx.ports.machines.nearby(signal ?? new AbortController().signal)),
  look: owner
    .input(z.object({ address: Address }))
    .query(({ ctx, input }) => ctx.ports.machines.look(input.address)),
  add: owner
    .input(
      z.object({
        address: Address,
        code: z.string().trim().min(1, 'Which code?').max(64),
        fingerprint: Fingerprint,
        silentAfterHours: Hours.default(USUAL_SILENCE_HOURS),
      }),
    )
    .mutation(({ ctx, input }) => ctx.ports.machines.add(input, ctx.actor)),
  collect: owner
    .input(z.object({ ticket: Id }))
    .mutation(({ ctx, input }) => ctx.ports.machines.collect(input.ticket, ctx.actor)),
  ask: operator
    .input(z.object({ id: Id }))
    .mutation(({ ctx, input }) => ctx.ports.machines.ask(input.id, ctx.actor)),
  setSilence: owner
    .input(z.object({ id: Id, silentAfterHours: Hours }))
    .mutation(({ ctx, input }) => ctx.ports.machines.setSilence(input.id, input.silentAfterHours, ctx.actor)),
  remove: owner
    .input(z.object({ id: Id }))
    .mutation(({ ctx, input }) => ctx.ports.machines.remove(input.id, ctx.actor)),
})
