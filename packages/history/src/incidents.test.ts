import type { Incident, Message } from '@holdfast/domain'
import { DAY_MS } from '@holdfast/domain'
import { expect, test } from 'vitest'
import { NOON, testHistory } from './history-fixture.ts'

const INCIDENT: Incident = {
  ...{ id: 'i1', subject: 'papers', severity: 'at-risk', code: 'overdue', sentence: 'Papers is overdue.' },
  ...{ openedAt: NOON, reminders: 0, flapping: false, calmSince: null, recoveredAt: null },
}
const MESSAGE: Message = {
  ...{
    id: 'm1',
    at: NOON,
    kind: 'failure',
    severity: 'at-risk',
    machine: 'desk',
    title: 'Papers is at risk',
  },
  ...{ text: 'Papers is overdue.', next: null, url: '/', tag: 'papers', data: {} },
}

test('an incident and what is sent of it are stored together, and survive', async () => {
  await using history = await testHistory()
  const delivery = { message: MESSAGE, channelId: 'c1', createdAt: NOON, dueAt: NOON }
  await history.incidents.apply([INCIDENT], [delivery])
  expect(await history.incidents.listOpen()).toEqual([INCIDENT])
  const [due] = await history.deliveries.listDue(NOON, 10)
  expect(due).toMatchObject({ ...delivery, state: 'waiting', attempts: 0, answer: null })

  const over = { ...INCIDENT, recoveredAt: new Date(NOON.getTime() + DAY_MS) }
  await history.incidents.apply([over], [])
  expect(await history.incidents.listOpen()).toEqual([])
  expect(await history.incidents.listEnded('papers', NOON)).toEqual([over])
  expect(await history.incidents.listEnded('papers', new Date(NOON.getTime() + 1))).toEqual([])
  await history.incidents.apply([{ ...INCIDENT, id: 'i2', subject: 'machine' }], [])
  expect((await history.incidents.list({ limit: 1 })).map(({ id }) => id)).toEqual(['i2'])
  expect((await history.incidents.list({ limit: 9, before: 'i2' })).map(({ id }) => id)).toEqual(['i1'])
})

test('the outbox gives what is due, once it is due, until it is finished', async () => {
  await using history = await testHistory()
  const later = new Date(NOON.getTime() + 60_000)
  const one = { message: MESSAGE, channelId: 'c1', createdAt: NOON, dueAt: NOON }
  await history.deliveries.add([{ ...one, dueAt: later }, one, { ...one, channelId: 'c2' }])
  const due = await history.deliveries.listDue(NOON, 10)
  expect(due.map(({ channelId }) => channelId)).toEqual(['c1', 'c2'])
  for (const { seq } of due)
    await history.deliveries.record(seq, { state: 'sent', dueAt: NOON, finishedAt: NOON, answer: '201' })
  expect(await history.deliveries.listDue(NOON, 10)).toEqual([])
  expect(await history.deliveries.nextDueAt()).toEqual(later)
  await history.deliveries.dropWaiting('c1', NOON)
  expect(await history.deliveries.nextDueAt()).toBeUndefined()
  expect((await history.deliveries.list({ channelId: 'c1', limit: 9 })).map(({ state }) => state)).toEqual([
    'sent',
    'given-up',
  ])
  await history.deliveries.forgetBefore(later)
  expect(await history.deliveries.list({ limit: 9 })).toEqual([])
})
