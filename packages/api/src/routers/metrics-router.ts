import { owner, router } from '../procedures.ts'

/** Who may read `/metrics`. */
export const metricsRouter = router({
  status: owner.query(({ ctx }) => ctx.ports.metrics.status()),
  makeToken: owner.mutation(({ ctx }) => ctx.ports.metrics.makeToken(ctx.actor)),
  removeToken: owner.mutation(({ ctx }) => ctx.ports.metrics.removeToken(ctx.actor)),
})
