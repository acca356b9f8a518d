import { z } from 'zod'
import { router, viewer } from './procedures.ts'
import { deviceRouter } from './routers/device-router.ts'
import { liveRouter } from './routers/live-router.ts'
import { planRouter } from './routers/plan-router.ts'
import { remoteRouter } from './routers/remote-router.ts'
import { restoreRouter } from './routers/restore-router.ts'
import { runRouter } from './routers/run-router.ts'
import { setupRouter } from './routers/setup-router.ts'
import { snapshotRouter } from './routers/snapshot-router.ts'
import { sourceRouter } from './routers/source-router.ts'

/** The whole API. Reading needs a viewer, running an operator, restoring a restorer, changing set-up an owner. */
export const appRouter = router({
  home: viewer
    .input(z.object({ timeZone: z.string().min(1).max(64) }))
    .query(({ ctx, input }) => ctx.ports.home(input.timeZone)),
  device: deviceRouter,
  plan: planRouter,
  run: runRouter,
  snapshot: snapshotRouter,
  restore: restoreRouter,
  setup: setupRouter,
  remote: remoteRouter,
  source: sourceRouter,
  live: liveRouter,
})

export type AppRouter = typeof appRouter
