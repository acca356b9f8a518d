import { scheduleProblem } from '@holdfast/domain'
import { expect, test } from 'vitest'
import { choiceOf, type ScheduleChoice, scheduleOf, scheduleWords } from './schedule-words.ts'

const zone = 'Europe/Berlin'

test.each<[ScheduleChoice, string]>([
  [{ kind: 'hourly' }, 'every hour'],
  [{ kind: 'daily', time: '02:05' }, 'every day at 02:05'],
  [{ kind: 'weekly', weekday: 0, time: '23:00' }, 'every Sunday at 23:00'],
  [{ kind: 'manual' }, 'only by hand'],
  [{ kind: 'cron', cron: ' */20 8-18 * * 1-5 ' }, 'by cron */20 8-18 * * 1-5'],
])('the choice %o reads as "%s" and is a schedule that fires', (choice, words) => {
  const schedule = scheduleOf(choice, zone)
  expect(scheduleWords(schedule)).toBe(words)
  expect(scheduleOf(choiceOf(schedule), zone)).toEqual(schedule)
  expect(scheduleProblem(schedule, new Date('2026-11-22T14:00:00Z'))).toBeUndefined()
})

test('cron that looks almost plain is not put into wrong words', () => {
  const words = (cron: string) => scheduleWords({ kind: 'cron', cron, timeZone: zone })
  expect(words('0 2 1 * *')).toBe('by cron 0 2 1 * *')
  expect(words('0 2 * 6 *')).toBe('by cron 0 2 * 6 *')
  expect(words('0 2 * * 1,3')).toBe('by cron 0 2 * * 1,3')
  expect(words('0 2 * * 7')).toBe('every Sunday at 02:00')
})
