import { z } from 'zod'
import type { Schedule } from './schedule.ts'

const Time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'A time such as 08:00.')

/** When a channel gets its reports, in the machine's time zone. A weekday counts from Monday, 1. */
export const ReportTimes = z.object({
  weekly: z.object({ weekday: z.int().min(1).max(7), time: Time }).nullable(),
  /** The 28th at most, so that every month has it. */
  monthly: z.object({ day: z.int().min(1).max(28), time: Time }).nullable(),
})
export type ReportTimes = z.infer<typeof ReportTimes>

export const USUAL_REPORT_TIMES: ReportTimes = {
  weekly: { weekday: 1, time: '08:00' },
  monthly: { day: 1, time: '08:00' },
}

export const MAILED_PERIODS = ['week', 'month'] as const
export type MailedPeriod = (typeof MAILED_PERIODS)[number]

/** The schedule of one kind of report; undefined when it is not wanted. */
export function reportSchedule(
  { weekly, monthly }: ReportTimes,
  period: MailedPeriod,
  timeZone: string,
): Extract<Schedule, { kind: 'cron' }> | undefined {
  switch (period) {
    case 'week':
      return weekly === null ? undefined : at(weekly.time, `* * ${weekly.weekday % 7}`, timeZone)
    case 'month':
      return monthly === null ? undefined : at(monthly.time, `${monthly.day} * *`, timeZone)
    default:
      return period satisfies never
  }
}

function at(time: string, days: string, timeZone: string): Extract<Schedule, { kind: 'cron' }> {
  const [hour = 0, minute = 0] = time.split(':').map(Number)
  return { kind: 'cron', cron: `${minute} ${hour} ${days}`, timeZone }
}
