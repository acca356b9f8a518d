import { expect, test } from 'vitest'
import { sendAt } from './message.ts'

const AT_RISK = { kind: 'failure', severity: 'at-risk' } as const
const NIGHT = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' }

test('quiet hours hold back until they end, over midnight and in their own time zone', () => {
  expect(sendAt(AT_RISK, NIGHT, new Date('2026-11-22T21:30:20Z'))).toEqual(new Date('2026-11-23T06:00:00Z'))
  expect(sendAt(AT_RISK, NIGHT, new Date('2026-11-23T05:59:59Z'))).toEqual(new Date('2026-11-23T06:00:00Z'))
  expect(sendAt(AT_RISK, NIGHT, new Date('2026-11-23T06:00:00Z'))).toEqual(new Date('2026-11-23T06:00:00Z'))
  const noon = new Date('2026-11-23T11:00:00Z')
  expect(sendAt(AT_RISK, NIGHT, noon)).toBe(noon)
  expect(sendAt(AT_RISK, { ...NIGHT, from: '11:00', to: '13:00' }, noon)).toEqual(
    new Date('2026-11-23T12:00:00Z'),
  )
})

test('what is failing, and a test, is never held back', () => {
  const night = new Date('2026-11-22T23:30:00Z')
  expect(sendAt({ kind: 'failure', severity: 'failing' }, NIGHT, night)).toBe(night)
  expect(sendAt({ kind: 'test', severity: 'info' }, NIGHT, night)).toBe(night)
  expect(sendAt(AT_RISK, null, night)).toBe(night)
})
