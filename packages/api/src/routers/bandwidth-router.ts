import { LimitNow, Timetable } from '@holdfast/domain'
import { z } from 'zod'
import { operator, owner, router, viewer } from '../procedures.ts'

/** What this machine may use of its connection: by time of day, and for now. */
export const bandwidthRouter = router({
  status: viewer.query(({ ctx }) => ctx.ports.bandwidth.status()),
  setTimetable: owner
    .input(z.object({ timetable: Timetable, timeZone: z.string().min(1).max(64) }))
    .mutation(({ ctx, input }) =>
      ctx.ports.bandwidth.setTimetable(input.timetable, input.timeZone, ctx.actor),
    ),
  setNow: operator
    .input(z.object({ now: LimitNow.nullable() }))
    .mutation(({ ctx, input }) => ctx.ports.bandwidth.setNow(input.now, ctx.actor)),
})
