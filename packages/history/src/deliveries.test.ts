import type { Message } from '@holdfast/domain'
import { expect, test } from 'vitest'
import { testHistory } from './history-fixture.ts'

const at = (day: number) => new Date(Date.UTC(2026, 10, day, 8))
const message: Message = {
  ...{
    id: 'm1',
    at: at(1),
    kind: 'digest',
    severity: 'good',
    machine: 'desk',
    title: 'A week',
    text: 'Well.',
  },
  ...{ next: null, url: '/reports/', tag: 'report-week', data: {} },
}
const delivery = { message, channelId: 'c1', createdAt: at(1), dueAt: at(1) }

test('what is due again and again is stored once for each time, and not at all for a time before it was wished', async () => {
  await using history = await testHistory()
  const { deliveries } = history
  const weekly = (day: number, times = '0 8 * * 1') =>
    deliveries.addDue({ name: 'report-c1-week', times, dueAt: at(day) }, [delivery])
  expect(await weekly(2)).toBe(false)
  expect(await Promise.all([weekly(9), weekly(9), weekly(9)])).toEqual([true, false, false])
  expect(await weekly(2)).toBe(false)
  expect(await weekly(10, '0 8 * * 2')).toBe(false)
  expect(await weekly(17, '0 8 * * 2')).toBe(true)
  expect(await deliveries.list({ limit: 10 })).toHaveLength(2)
})
