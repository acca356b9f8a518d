import { DeviceId, PlanId, RunId, Schedule, SnapshotId, Source, VaultPlace } from '@holdfast/domain'
import { tracked } from '@trpc/server'
import { z } from 'zod'
import { openProcedure, procedureFor, router } from './procedures.ts'

const viewer = procedureFor('viewer')
const operator = procedureFor('operator')
const restorer = procedureFor('restorer')
const owner = procedureFor('owner')

const NewPlanInput = z.object({
  name: z.string().trim().min(1, 'Give the plan a name.').max(80),
  sources: z.array(Source).min(1, 'Choose at least one folder.').max(100),
  place: VaultPlace,
  passphrase: z.string().min(8, 'At least eight characters.').max(1024).nullable(),
  schedule: Schedule,
})

/** The whole API. Reading needs a viewer, running an operator, restoring a restorer, changing set-up an owner. */
export const appRouter = router({
  device: router({
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
  }),
  home: viewer
    .input(z.object({ timeZone: z.string().min(1).max(64) }))
    .query(({ ctx, input }) => ctx.ports.home(input.timeZone)),
  plan: router({
    list: viewer.query(({ ctx }) => ctx.ports.plans.list()),
    create: owner.input(NewPlanInput).mutation(({ ctx, input }) => ctx.ports.plans.create(input, ctx.actor)),
    setPaused: operator
      .input(z.object({ id: PlanId, paused: z.boolean() }))
      .mutation(({ ctx, input }) => ctx.ports.plans.setPaused(input.id, input.paused, ctx.actor)),
  }),
  run: router({
    start: operator
      .input(z.object({ planId: PlanId }))
      .mutation(({ ctx, input }) => ctx.ports.runs.start(input.planId, ctx.actor)),
    cancel: operator
      .input(z.object({ id: RunId }))
      .mutation(({ ctx, input }) => ctx.ports.runs.cancel(input.id, ctx.actor)),
    get: viewer.input(z.object({ id: RunId })).query(({ ctx, input }) => ctx.ports.runs.get(input.id)),
    list: viewer
      .input(
        z.object({
          planId: PlanId.optional(),
          before: RunId.optional(),
          limit: z.number().int().min(1).max(200).default(50),
        }),
      )
      .query(({ ctx, input }) => ctx.ports.runs.list(input)),
    log: viewer
      .input(z.object({ id: RunId, limit: z.number().int().min(1).max(5000).default(500) }))
      .query(({ ctx, input }) => ctx.ports.runs.log(input.id, input.limit)),
  }),
  snapshot: router({
    list: viewer
      .input(z.object({ planId: PlanId }))
      .query(({ ctx, input }) => ctx.ports.snapshots.list(input.planId)),
    browse: restorer
      .input(
        z.object({
          planId: PlanId,
          snapshot: SnapshotId,
          path: z.string().max(8192),
          after: z.string().max(8192).optional(),
          limit: z.number().int().min(1).max(1000).default(200),
        }),
      )
      .query(({ ctx, input }) => ctx.ports.snapshots.browse(input)),
  }),
  restore: router({
    start: restorer
      .input(
        z.object({
          planId: PlanId,
          snapshot: SnapshotId,
          paths: z.array(z.string().max(8192)).max(1000),
          targetDir: z
            .string()
            .min(1)
            .max(4096)
            .refine((path) => path.startsWith('/'), 'An absolute path, please.'),
        }),
      )
      .mutation(({ ctx, input }) => ctx.ports.restores.start(input, ctx.actor)),
    get: restorer
      .input(z.object({ id: z.string().max(64) }))
      .query(({ ctx, input }) => ctx.ports.restores.get(input.id)),
    cancel: restorer
      .input(z.object({ id: z.string().max(64) }))
      .mutation(({ ctx, input }) => ctx.ports.restores.cancel(input.id, ctx.actor)),
  }),
  setup: router({
    folders: owner
      .input(z.object({ path: z.string().max(4096).optional() }))
      .query(({ ctx, input }) => ctx.ports.setup.folders(input.path)),
    suggestions: owner.query(({ ctx }) => ctx.ports.setup.suggestions()),
    remotes: owner.query(({ ctx }) => ctx.ports.setup.remotes()),
    inspectPlace: owner
      .input(z.object({ place: VaultPlace }))
      .mutation(({ ctx, input }) => ctx.ports.setup.inspectPlace(input.place)),
  }),
  live: router({
    /** One stream per client; resumes after `lastEventId`, which tRPC's client sends by itself after a drop. */
    events: viewer
      .input(z.object({ lastEventId: z.string().max(64).nullish() }).optional())
      .subscription(async function* ({ ctx, input, signal }) {
        const last = input?.lastEventId ?? undefined
        for await (const { id, event } of ctx.ports.events(last, signal ?? new AbortController().signal))
          yield tracked(id, event)
      }),
  }),
})

export type AppRouter = typeof appRouter
