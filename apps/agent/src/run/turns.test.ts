import { expect, test } from 'vitest'
import { createTurns } from './turns.ts'

const never = new AbortController().signal

test('turns come in the order of asking, one at a time for a key', async () => {
  const turns = createTurns<string>()
  const order: string[] = []
  const first = await turns.take('vault', never)
  const second = turns.take('vault', never).then((turn) => {
    order.push('second')
    turn.leave()
  })
  const other = await turns.take('another vault', never)
  order.push('other')
  other.leave()
  order.push('first')
  first.leave()
  await second
  expect(order).toEqual(['other', 'first', 'second'])
})

test('who is cancelled does not wait, and lets nobody in early', async () => {
  const turns = createTurns<string>()
  const stop = new AbortController()
  const first = await turns.take('vault', never)
  const cancelled = turns.take('vault', stop.signal)
  stop.abort()
  ;(await cancelled).leave()
  let third = false
  const waiting = turns.take('vault', never).then(() => {
    third = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  expect(third).toBe(false)
  first.leave()
  await waiting
})
