import { expect, test } from 'vitest'
import { silenceOf } from './machine-silence.ts'
import { HOUR_MS } from './units.ts'

const HEARD = new Date('2026-11-22T12:00:00Z')
const after = (hours: number) =>
  silenceOf(
    { id: 'm1', name: 'nas', heardAt: HEARD, silentAfterHours: 26 },
    new Date(HEARD.getTime() + hours * HOUR_MS),
  )

test('another machine is at risk above its limit of silence, and failing above three times that', () => {
  expect(after(26)).toBeUndefined()
  expect(after(-5)).toBeUndefined()
  expect(after(27)).toMatchObject({ subject: 'machine:m1', severity: 'at-risk', code: 'machine-silent' })
  expect(after(27)?.sentence).toContain('nas was not heard for 1 d 3 h')
  expect(after(79)).toMatchObject({ severity: 'failing' })
})
