import {
  MAILED_PERIODS,
  MailTarget,
  MESSAGE_KINDS,
  PingTarget,
  PushTarget,
  QuietHours,
  ReportTimes,
  USUAL_REPORT_TIMES,
  WebhookTarget,
} from '@holdfast/domain'
import { z } from 'zod'
import type { Actor, ApiContext, Device } from '../context.ts'
import { owner, requireStepUp, router, viewer } from '../procedures.ts'

const Id = z.string().min(1).max(64)
const Rules = z.object({
  name: z.string().trim().min(1, 'Give it a name.').max(100),
  enabled: z.boolean(),
  kinds: z.array(z.enum(MESSAGE_KINDS)),
  quiet: QuietHours.refine(({ timeZone }) => isTimeZone(timeZone), {
    message: 'Not a time zone.',
  }).nullable(),
  reports: ReportTimes.default(USUAL_REPORT_TIMES),
})
/** A known channel's secrets may be left empty: they stay as they are. */
const Target = z.discriminatedUnion('kind', [
  MailTarget,
  WebhookTarget.extend({ url: z.union([WebhookTarget.shape.url, z.literal('')]) }),
  PingTarget.extend({ url: z.union([PingTarget.shape.url, z.literal('')]) }),
])

const actorOf = (ctx: { actor: Actor; device: Device }) => ({
  ...ctx.actor,
  isOwner: ctx.device.role === 'owner',
})

/** What is wrong, and who is told how. */
export const knowRouter = router({
  incidents: viewer
    .input(z.object({ before: Id.optional(), limit: z.number().int().min(1).max(200) }))
    .query(({ ctx, input }) => ctx.ports.know.incidents(input)),
  channels: viewer.query(({ ctx }) => ctx.ports.know.channels(ctx.actor)),
  deliveries: viewer
    .input(z.object({ limit: z.number().int().min(1).max(200) }))
    .query(({ ctx, input }) => ctx.ports.know.deliveries(input.limit)),
  vapidKey: viewer.query(({ ctx }) => ctx.ports.know.vapidKey()),
  pushHere: viewer
    .input(PushTarget.pick({ endpoint: true, p256dh: true, auth: true }))
    .mutation(({ ctx, input }) => ctx.ports.know.pushHere(input, ctx.actor)),
  noPushHere: viewer.mutation(({ ctx }) => ctx.ports.know.noPushHere(ctx.actor)),
  save: owner
    .meta({ stepUp: 'always' })
    .input(Rules.extend({ id: Id.optional(), target: Target }))
    .mutation(({ ctx, input }) => ctx.ports.know.save(input, ctx.actor)),
  rules: viewer
    .meta({ stepUp: 'sometimes' })
    .input(Rules.extend({ id: Id }))
    .mutation(async ({ ctx, input: { id, ...rules } }) => {
      await requireStepUpForOthers(ctx, id)
      return await ctx.ports.know.rules(id, rules, actorOf(ctx))
    }),
  remove: viewer
    .meta({ stepUp: 'sometimes' })
    .input(z.object({ id: Id }))
    .mutation(async ({ ctx, input }) => {
      await requireStepUpForOthers(ctx, input.id)
      await ctx.ports.know.remove(input.id, actorOf(ctx))
    }),
  test: viewer
    .input(z.object({ id: Id }))
    .mutation(({ ctx, input }) => ctx.ports.know.test(input.id, actorOf(ctx))),
  sendReport: viewer
    .input(z.object({ id: Id, period: z.enum(MAILED_PERIODS) }))
    .mutation(({ ctx, input }) => ctx.ports.know.sendReport(input.id, input.period, actorOf(ctx))),
})

/** Whoever quietens a channel that is not the device's own keeps others from hearing what comes next. */
async function requireStepUpForOthers(
  ctx: Pick<ApiContext, 'ports' | 'confirmed'> & { actor: Actor; device: Device },
  id: string,
): Promise<void> {
  // Anybody but an owner is refused that anyway.
  if (ctx.device.role !== 'owner') return
  const channel = (await ctx.ports.know.channels(ctx.actor)).find((one) => one.id === id)
  if (channel !== undefined && !channel.mine) requireStepUp(ctx)
}

function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text })
    return true
  } catch {
    return false
  }
}
