import { describe, expect, test } from 'vitest'
import { reportPeriodBefore } from './report.ts'
import { ReportTimes, reportSchedule, USUAL_REPORT_TIMES } from './report-times.ts'
import { lastDue, nextDue } from './schedule.ts'

const timeZone = 'Europe/Berlin'

describe('reports are due', () => {
  test.each([
    ['week', { weekly: { weekday: 7, time: '21:30' }, monthly: null }, '2026-11-22T20:30:00.000Z'],
    ['week', USUAL_REPORT_TIMES, '2026-11-23T07:00:00.000Z'],
    ['month', USUAL_REPORT_TIMES, '2026-12-01T07:00:00.000Z'],
    ['month', { weekly: null, monthly: { day: 28, time: '00:05' } }, '2026-11-27T23:05:00.000Z'],
  ] as const)('each %s at the time that was chosen: %j', (period, times, due) => {
    const schedule = reportSchedule(ReportTimes.parse(times), period, timeZone)
    if (schedule === undefined) throw new Error('it is wanted')
    expect(nextDue(schedule, new Date('2026-11-22T12:00:00Z'))?.toISOString()).toBe(due)
    expect(lastDue(schedule, new Date(due))?.toISOString()).toBe(due)
  })

  test('not at all where nobody wants them, and never on a day that some months lack', () => {
    expect(reportSchedule({ weekly: null, monthly: null }, 'week', timeZone)).toBeUndefined()
    expect(reportSchedule({ weekly: null, monthly: null }, 'month', timeZone)).toBeUndefined()
    expect(ReportTimes.safeParse({ weekly: null, monthly: { day: 29, time: '08:00' } }).success).toBe(false)
    expect(ReportTimes.safeParse({ weekly: null, monthly: { day: 1, time: '24:00' } }).success).toBe(false)
  })
})

describe('what a report tells of', () => {
  test('is the seven days before, whichever day of the week it is sent', () => {
    const friday = reportPeriodBefore('week', { at: new Date('2026-10-30T16:00:00Z'), timeZone })
    expect(friday).toMatchObject({ kind: 'week', label: '23 to 29 October 2026' })
    // The clocks went back in between: 169 hours.
    expect(friday.from.toISOString()).toBe('2026-10-22T22:00:00.000Z')
    expect(friday.to.toISOString()).toBe('2026-10-29T23:00:00.000Z')
    const monday = reportPeriodBefore('week', { at: new Date('2026-11-23T07:00:00Z'), timeZone })
    expect(monday.label).toBe('16 to 22 November 2026')
  })

  test('or the whole month before', () => {
    const month = reportPeriodBefore('month', { at: new Date('2026-12-15T07:00:00Z'), timeZone })
    expect(month).toMatchObject({ kind: 'month', label: 'November 2026' })
  })
})
