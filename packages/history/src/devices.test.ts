import { DeviceId, WriterId } from '@holdfast/domain'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { StoredDevice } from './devices.ts'
import { NOON, testHistory } from './history-fixture.ts'

const LATER = new Date(NOON.getTime() + 60_000)
const device = (id: string) =>
  StoredDevice.parse({
    id,
    name: "Ada's phone",
    role: 'owner',
    sessionHash: `session-${id}`,
    secretHash: 'secret',
    createdAt: NOON,
    lastSeenAt: NOON,
  })

test('a device is found by its session until it is revoked', async () => {
  await using history = await testHistory([])
  await history.devices.insert(device('a'))
  await history.devices.insert(device('b'))
  expect(await history.devices.findBySessionHash('session-a')).toEqual(device('a'))
  expect(await history.devices.findBySessionHash('session-x')).toBeUndefined()
  expect(await history.devices.revoke(DeviceId.parse('a'), LATER)).toBe(true)
  expect(await history.devices.revoke(DeviceId.parse('a'), LATER)).toBe(false)
  expect(await history.devices.revoke(DeviceId.parse('x'), LATER)).toBe(false)
  expect(await history.devices.findBySessionHash('session-a')).toBeUndefined()
  expect(await history.devices.list()).toEqual([device('b')])
  // Its row is kept: neither its id nor its session can come back.
  await expect(history.devices.insert(device('a'))).rejects.toThrow()
})

test('a device has another name until it is revoked', async () => {
  await using history = await testHistory([])
  await history.devices.insert(device('a'))
  const id = DeviceId.parse('a')
  expect(await history.devices.rename(id, 'Tablet')).toBe(true)
  expect(await history.devices.list()).toEqual([{ ...device('a'), name: 'Tablet' }])
  await history.devices.revoke(id, LATER)
  expect(await history.devices.rename(id, 'Phone')).toBe(false)
})

test('the last visit only moves forward', async () => {
  await using history = await testHistory([])
  await history.devices.insert(device('a'))
  await history.devices.touch(DeviceId.parse('a'), LATER)
  await history.devices.touch(DeviceId.parse('a'), NOON)
  await history.devices.touch(DeviceId.parse('x'), NOON)
  expect(await history.devices.list()).toEqual([{ ...device('a'), lastSeenAt: LATER }])
})

test('the machine is one, and settings are kept by key', async () => {
  await using history = await testHistory([])
  expect(await history.machine.get()).toBeUndefined()
  const machine = {
    id: 'm1',
    name: 'desk',
    installation: 'i1',
    writer: WriterId.parse('3fa9c2d1'),
    createdAt: NOON,
  }
  await history.machine.set(machine)
  await history.machine.set({ ...machine, name: 'tower' })
  expect(await history.machine.get()).toEqual({ ...machine, name: 'tower' })
  const Port = z.object({ port: z.number() })
  expect(await history.settings.get('serve', Port)).toBeUndefined()
  await history.settings.set('serve', { port: 1 }, NOON)
  await history.settings.set('serve', { port: 2 }, LATER)
  expect(await history.settings.get('serve', Port)).toEqual({ port: 2 })
  await expect(history.settings.get('serve', z.string())).rejects.toMatchObject({ code: 'DATABASE_DAMAGED' })
})
