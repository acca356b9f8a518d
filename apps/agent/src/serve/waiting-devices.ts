import type { Role, WaitingDevice } from '@holdfast/api'
import { DeviceId, HoldfastError, MINUTE_MS } from '@holdfast/domain'
import type { Clock, Random } from '@holdfast/vault/ports'
import { hashOf } from './sign-in.ts'

const LIFE_MS = 5 * MINUTE_MS
/** A code lets one ask at a time, so more than these come from somebody who plays with codes. */
const AT_MOST = 8

/** Devices that came with a code and wait until an owner lets them in. In memory only: a restart turns all down. */
export type WaitingDevices = {
  /** TOO_MANY_TRIES when eight wait already. */
  add(device: { name: string; role: Role; address: string }): { device: WaitingDevice; ticket: string }
  list(): WaitingDevice[]
  /** The device and its role once it was let in, which uses the ticket up. CODE_EXPIRED, NOT_ALLOWED. */
  collect(ticket: string): { readonly state: 'waiting' | 'approved'; readonly device: WaitingDevice }
  /** Undefined when it does not wait any more. */
  approve(id: DeviceId, role: Role): WaitingDevice | undefined
  deny(id: DeviceId): WaitingDevice | undefined
}

type Entry = { device: WaitingDevice; state: 'waiting' | 'approved' | 'denied' }

export function createWaitingDevices({ clock, random }: { clock: Clock; random: Random }): WaitingDevices {
  /** By the hash of their tickets. */
  const entries = new Map<string, Entry>()

  function forgetOld(): void {
    for (const [key, { device }] of entries)
      if (device.expiresAt.getTime() <= clock.nowMs()) entries.delete(key)
  }
  function waitingOne(id: DeviceId): Entry | undefined {
    forgetOld()
    return [...entries.values()].find(({ device, state }) => state === 'waiting' && device.id === id)
  }

  return {
    add({ name, role, address }) {
      forgetOld()
      if ([...entries.values()].filter(({ state }) => state === 'waiting').length >= AT_MOST)
        throw new HoldfastError('TOO_MANY_TRIES', 'Too many devices wait to be let in.')
      const ticket = Buffer.from(random.bytes(32)).toString('base64url')
      const device = {
        ...{ id: DeviceId.parse(Buffer.from(random.bytes(16)).toString('hex')), name, role, address },
        number: fourDigits(random),
        expiresAt: new Date(clock.nowMs() + LIFE_MS),
      }
      entries.set(hashOf(ticket), { device, state: 'waiting' })
      return { device, ticket }
    },
    list() {
      forgetOld()
      return [...entries.values()].filter(({ state }) => state === 'waiting').map(({ device }) => device)
    },
    collect(ticket) {
      forgetOld()
      const key = hashOf(ticket)
      const found = entries.get(key)
      if (found === undefined)
        throw new HoldfastError('CODE_EXPIRED', 'Nobody let this device in within five minutes.')
      if (found.state !== 'waiting') entries.delete(key)
      if (found.state === 'denied')
        throw new HoldfastError('NOT_ALLOWED', 'An owner turned this device down.')
      return { state: found.state, device: found.device }
    },
    approve(id, role) {
      const found = waitingOne(id)
      if (found === undefined) return undefined
      found.state = 'approved'
      found.device = { ...found.device, role }
      return found.device
    },
    deny(id) {
      const found = waitingOne(id)
      if (found !== undefined) found.state = 'denied'
      return found?.device
    },
  }
}

function fourDigits(random: Random): string {
  const [high = 0, low = 0] = random.bytes(2)
  return String((high * 256 + low) % 10_000).padStart(4, '0')
}
