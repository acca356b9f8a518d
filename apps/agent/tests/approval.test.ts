import { systemClock } from '@holdfast/host'
import { expect, test } from 'vitest'
import { clientOf, ownerOf, pairDevice, startTestAgent, type TestAgent } from './_test-agent.ts'

/** An owner's phone, and a device that came with a code from its screen. */
async function asking(it: TestAgent) {
  const { cookie, secret } = await pairDevice(it, 'Phone')
  const phone = clientOf(it.agent, { cookie, 'x-holdfast-device': secret })
  const stranger = clientOf(it.agent, {})
  const { code } = await phone.device.issueCode.mutate({ role: 'operator' })
  const asked = await stranger.device.pair.mutate({ code, name: 'Tablet' })
  if (asked.kind !== 'waiting') throw new Error('it was let in at once')
  return { phone, stranger, ...asked }
}

test('a code of an owner’s screen lets nobody in before an owner saw the same number and said so', async () => {
  await using it = await startTestAgent()
  const { phone, stranger, ticket, number } = await asking(it)
  expect(number).toMatch(/^\d{4}$/)
  expect(await phone.device.list.query()).toMatchObject([{ name: 'Phone' }])
  expect(await stranger.device.collect.mutate({ ticket })).toMatchObject({ kind: 'waiting', number })
  const [waiting] = await phone.device.waiting.query()
  expect(waiting).toMatchObject({ name: 'Tablet', number, role: 'operator', address: '127.0.0.1' })
  if (waiting === undefined) throw new Error('nobody waits')
  await phone.device.approve.mutate({ id: waiting.id, role: 'viewer' })
  expect(await phone.device.waiting.query()).toEqual([])

  const let_in = await it.send('/api/trpc/device.collect', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ticket }),
  })
  const cookie = let_in.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  expect(await clientOf(it.agent, { cookie }).device.me.query()).toMatchObject({
    device: { name: 'Tablet', role: 'viewer' },
  })
  expect(await let_in.text()).not.toContain(cookie.split('=')[1])
  // Once: whoever comes later with the same ticket is nobody.
  await expect(stranger.device.collect.mutate({ ticket })).rejects.toMatchObject({
    data: { code: 'CODE_EXPIRED' },
  })
})

test('a device that was turned down, or came when nobody looked for five minutes, is told so', async () => {
  let laterMs = 0
  const clock = {
    nowMs: () => systemClock.nowMs() + laterMs,
    nowNs: () => systemClock.nowNs() + BigInt(laterMs) * 1_000_000n,
  }
  await using it = await startTestAgent({ overrides: { clock } })
  const denied = await asking(it)
  const [waiting] = await denied.phone.device.waiting.query()
  if (waiting === undefined) throw new Error('nobody waits')
  await denied.phone.device.deny.mutate({ id: waiting.id })
  await expect(denied.stranger.device.collect.mutate({ ticket: denied.ticket })).rejects.toMatchObject({
    data: { code: 'NOT_ALLOWED' },
  })
  const { id } = waiting
  await expect(denied.phone.device.approve.mutate({ id, role: 'owner' })).rejects.toMatchObject({
    data: { code: 'INPUT_INVALID' },
  })

  const late = await asking(it)
  laterMs = 5 * 60_000
  expect(await late.phone.device.waiting.query()).toEqual([])
  await expect(late.stranger.device.collect.mutate({ ticket: late.ticket })).rejects.toMatchObject({
    data: { code: 'CODE_EXPIRED' },
  })
})

test('a code of the machine’s own console needs nobody else: a person stands there', async () => {
  await using it = await startTestAgent()
  const { code } = await ownerOf(it.agent).device.issueCode.mutate({ role: 'viewer' })
  const answer = await clientOf(it.agent, {}).device.pair.mutate({ code, name: 'Tablet' })
  expect(answer).toMatchObject({ kind: 'paired', device: { role: 'viewer' } })
})
