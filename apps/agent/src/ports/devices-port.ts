import { randomUUID } from 'node:crypto'
import type { ApiPorts } from '@holdfast/api'
import { DeviceId } from '@holdfast/domain'
import type { DeviceStore } from '@holdfast/history'
import type { Random } from '@holdfast/vault/ports'
import { actOf, auditActor } from '../audit.ts'
import type { PairingCode } from '../serve/pairing-code.ts'
import { hashOf } from '../serve/sign-in.ts'

/** Pairing, the list of devices, and ending their sessions. */
export function createDevicesPort(parts: {
  devices: DeviceStore
  code: PairingCode
  random: Random
  now: () => Date
  /** Ends the device's live streams at once. */
  onRevoked: (id: DeviceId) => void
}): ApiPorts['devices'] {
  const { devices, code, random, now } = parts
  const draw = () => Buffer.from(random.bytes(32)).toString('base64url')
  return {
    async pair(typed, name, address) {
      code.redeem(typed)
      const [session, secret] = [draw(), draw()]
      const at = now()
      const device = { id: DeviceId.parse(randomUUID()), name, role: 'owner' } as const
      const actor = { kind: 'device', id: device.id, name, address } as const
      await devices.insert(
        {
          ...device,
          sessionHash: hashOf(session),
          secretHash: hashOf(secret),
          createdAt: at,
          lastSeenAt: at,
        },
        { audit: actOf(actor, { at, act: 'device.pair', subject: device.id, after: device }) },
      )
      return { device, session, secret }
    },
    async list() {
      const stored = await devices.list()
      return stored.map(({ id, name, role, createdAt, lastSeenAt }) => ({
        id,
        name,
        role,
        createdAt,
        lastSeenAt,
      }))
    },
    async revoke(id, actor) {
      const audit = actOf(auditActor(actor), { at: now(), act: 'device.revoke', subject: id })
      await devices.revoke(id, now(), { audit })
      parts.onRevoked(id)
    },
  }
}
