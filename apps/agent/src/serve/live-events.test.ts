import type { LiveEvent } from '@holdfast/api'
import { expect, test } from 'vitest'
import { createLiveEvents } from './live-events.ts'

const plans: LiveEvent = { type: 'plans' }
const make = (bootId = 'boot') =>
  createLiveEvents({ bootId, hello: () => ({ type: 'hello', agentVersion: '1', now: new Date(0) }) })

async function take(events: AsyncIterable<{ id: string; event: LiveEvent }>, count: number) {
  const taken: { id: string; type: string }[] = []
  for await (const { id, event } of events) {
    taken.push({ id, type: event.type })
    if (taken.length === count) break
  }
  return taken
}

test('a reader that comes back gets what it missed, in order', async () => {
  const live = make()
  const { signal } = new AbortController()
  for (let i = 0; i < 5; i += 1) live.publish(plans)
  const seen = await take(live.subscribe('boot-2', { signal }), 4)
  expect(seen.map(({ id }) => id)).toEqual(['boot-2', 'boot-3', 'boot-4', 'boot-5'])
  expect(seen.map(({ type }) => type)).toEqual(['hello', 'plans', 'plans', 'plans'])
})

test('an id of another start, or one not kept any more, gets resync', async () => {
  const live = make()
  const { signal } = new AbortController()
  for (let i = 0; i < 2500; i += 1) live.publish(plans)
  for (const id of ['other-3', 'boot-1', 'boot-9999', 'nonsense'])
    expect((await take(live.subscribe(id, { signal }), 2)).map(({ type }) => type)).toEqual([
      'hello',
      'resync',
    ])
})

test('a reader that does not read is told to resync instead of filling the memory', async () => {
  const live = make()
  const stream = live.subscribe(undefined, { signal: new AbortController().signal })[Symbol.asyncIterator]()
  await stream.next()
  const parked = stream.next()
  for (let i = 0; i < 1500; i += 1) live.publish(plans)
  expect((await parked).value.event.type).toBe('resync')
  expect((await stream.next()).value.id).toMatch(/^boot-/)
})

test('a revoked reader ends with an error, an aborted one quietly', async () => {
  const live = make()
  const [gone, revoked] = [new AbortController(), new AbortController()]
  const first = live.subscribe(undefined, { signal: gone.signal })[Symbol.asyncIterator]()
  const second = live
    .subscribe(undefined, { signal: new AbortController().signal, revoked: revoked.signal })
    [Symbol.asyncIterator]()
  await Promise.all([first.next(), second.next()])
  const [quiet, loud] = [first.next(), second.next()]
  gone.abort()
  revoked.abort()
  expect((await quiet).done).toBe(true)
  await expect(loud).rejects.toMatchObject({ code: 'NOT_PAIRED' })
})
