import { randomUUID } from 'node:crypto'
import type { ApiPorts } from '@holdfast/api'
import { DeviceId, HoldfastError, MINUTE_MS } from '@holdfast/domain'
import type { DeviceStore, History } from '@holdfast/history'
import type { Random } from '@holdfast/vault/ports'
import { actOf, auditActor } from '../audit.ts'
import { qrPicture } from '../qr-picture.ts'
import type { PairingCode } from '../serve/pairing-code.ts'
import { hashOf } from '../serve/sign-in.ts'

const CODE_LIFE_MS = 5 * MINUTE_MS

/** Pairing, the list of devices, and ending their sessions. */
export function createDevicesPort(parts: {
  devices: DeviceStore
  audit: Pick<History['audit'], 'append'>
  code: PairingCode
  random: Random
  now: () => Date
  /** Where other devices reach the app. */
  origin: () => string
  /** Ends the device's live streams at once. */
  onRevoked: (id: DeviceId) => void
}): ApiPorts['devices'] {
  const { devices, code, random, now } = parts
  const draw = () => Buffer.from(random.bytes(32)).toString('base64url')
  return {
    async pair(typed, name, address) {
      const role = code.redeem(typed)
      const [session, secret] = [draw(), draw()]
      const at = now()
      const device = { id: DeviceId.parse(randomUUID()), name, role }
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
    async issueCode(role, actor) {
      const issued = code.issue({ role, lifeMs: CODE_LIFE_MS })
      // The fragment of an address is never sent, so the code is in no log.
      const link = `${parts.origin()}/pair/#${issued}`
      const audit = { at: now(), act: 'device.code', subject: role, after: { role } }
      await parts.audit.append(actOf(auditActor(actor), audit))
      const expiresAt = new Date(now().getTime() + CODE_LIFE_MS)
      return { code: issued, role, expiresAt, link, qr: qrPicture(link) }
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
    async rename(id, name, actor) {
      const before = (await devices.list()).find((device) => device.id === id)
      const what = { at: now(), act: 'device.rename', subject: id, after: { name } }
      const audit = actOf(auditActor(actor), { ...what, before: { name: before?.name ?? null } })
      if (!(await devices.rename(id, name, { audit })))
        throw new HoldfastError('INPUT_INVALID', 'There is no such device.')
    },
    async revoke(id, actor) {
      const audit = actOf(auditActor(actor), { at: now(), act: 'device.revoke', subject: id })
      await devices.revoke(id, now(), { audit })
      parts.onRevoked(id)
    },
  }
}
