import { tracked } from '@trpc/server'
import { z } from 'zod'
import { router, viewer } from '../procedures.ts'

/** Everything that happens, as one stream per client. */
export const liveRouter = router({
  /** One stream per client; resumes after `lastEventId`, which tRPC's client sends by itself after a drop. */
  events: viewer
    .input(z.object({ lastEventId: z.string().max(64).nullish() }).optional())
    .subscription(async function* ({ ctx, input, signal }) {
      const last = input?.lastEventId ?? undefined
      for await (const { id, event } of ctx.ports.events(last, signal ?? new AbortController().signal))
        yield tracked(id, event)
    }),
})
