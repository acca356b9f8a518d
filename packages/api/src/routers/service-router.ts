import { owner, router, viewer } from '../procedures.ts'

/** Whether the agent starts with its machine. */
export const serviceRouter = router({
  status: viewer.query(({ ctx, signal }) => ctx.ports.service.status(signal ?? new AbortController().signal)),
  install: owner.mutation(({ ctx }) => ctx.ports.service.install(ctx.actor)),
  uninstall: owner.mutation(({ ctx }) => ctx.ports.service.uninstall(ctx.actor)),
})
