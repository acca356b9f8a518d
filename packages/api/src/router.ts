import { z } from 'zod'
import { router, viewer } from './procedures.ts'
import { auditRouter } from './routers/audit-router.ts'
import { bandwidthRouter } from './routers/bandwidth-router.ts'
import { deviceRouter } from './routers/device-router.ts'
import { drillRouter } from './routers/drill-router.ts'
import { findRouter } from './routers/find-router.ts'
import { hookRouter } from './routers/hook-router.ts'
import { kitRouter } from './routers/kit-router.ts'
import { knowRouter } from './routers/know-router.ts'
import { lanRouter } from './routers/lan-router.ts'
import { liveRouter } from './routers/live-router.ts'
import { machineRouter } from './routers/machine-router.ts'
import { metricsRouter } from './routers/metrics-router.ts'
import { planRouter } from './routers/plan-router.ts'
import { recoverRouter } from './routers/recover-router.ts'
import { remoteRouter } from './routers/remote-router.ts'
import { reportRouter } from './routers/report-router.ts'
import { restoreRouter } from './routers/restore-router.ts'
import { runRouter } from './routers/run-router.ts'
import { serviceRouter } from './routers/service-router.ts'
import { setupRouter } from './routers/setup-router.ts'
import { snapshotRouter } from './routers/snapshot-router.ts'
import { sourceRouter } from './routers/source-router.ts'

/** The whole API. Reading needs a viewer, running an operator, restoring a restorer, changing set-up an owner. */
export const appRouter = router({
  home: viewer
    .input(z.object({ timeZone: z.string().min(1).max(64) }))
    .query(({ ctx, input }) => ctx.ports.home(input.timeZone)),
  device: deviceRouter,
  drill: drillRouter,
  plan: planRouter,
  hook: hookRouter,
  run: runRouter,
  snapshot: snapshotRouter,
  restore: restoreRouter,
  find: findRouter,
  setup: setupRouter,
  remote: remoteRouter,
  source: sourceRouter,
  know: knowRouter,
  audit: auditRouter,
  metrics: metricsRouter,
  lan: lanRouter,
  machine: machineRouter,
  service: serviceRouter,
  report: reportRouter,
  kit: kitRouter,
  recover: recoverRouter,
  bandwidth: bandwidthRouter,
  live: liveRouter,
})

export type AppRouter = typeof appRouter
