import { randomUUID } from 'node:crypto'
import type { Actor, ApiPorts, Device, PairAnswer } from '@holdfast/api'
import { DeviceId, HoldfastError, MINUTE_MS } from '@holdfast/domain'
import type { DeviceStore, History } from '@holdfast/history'
import type { Clock, Random } from '@holdfast/vault/ports'
import { actOf, auditActor } from '../audit.ts'
import { qrPicture } from '../qr-picture.ts'
import type { PairingCode } from '../serve/pairing-code.ts'
import { CLI_DEVICE, hashOf } from '../serve/sign-in.ts'
import type { StepUp } from '../serve/step-up.ts'
import { createWaitingDevices } from '../serve/waiting-devices.ts'

const CODE_LIFE_MS = 5 * MINUTE_MS

/** Pairing, the list of devices, and ending their sessions. */
export function createDevicesPort(parts: {
  devices: DeviceStore
  audit: Pick<History['audit'], 'append'>
  code: PairingCode
  stepUp: StepUp
  clock: Clock
  random: Random
  now: () => Date
  /** Where other devices reach the app. */
  origin: () => string
  /** Ends the device's live streams at once. */
  onRevoked: (id: DeviceId) => void
  /** Somebody at the device gave as many wrong PINs as it has tries, for the first time since the right one. */
  onPinLocked: (device: Pick<Device, 'id' | 'name'>) => Promise<void>
}): ApiPorts['devices'] {
  const { devices, code, stepUp, random, now } = parts
  const draw = () => Buffer.from(random.bytes(32)).toString('base64url')
  const waiting = createWaitingDevices({ clock: parts.clock, random })

  /** From now on it is one of the devices. */
  async function admit(device: Device, address: string): Promise<PairAnswer> {
    const [session, secret] = [draw(), draw()]
    const at = now()
    const actor = { kind: 'device', id: device.id, name: device.name, address } as const
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
    // Its code came from the machine, or an owner saw the person.
    stepUp.confirmed(device.id)
    return { kind: 'paired', device, session, secret }
  }

  async function note(actor: Actor, act: string, subject: string, what: { after?: unknown }): Promise<void> {
    await parts.audit.append(actOf(auditActor(actor), { at: now(), act, subject, ...what }))
  }

  return {
    async pair(typed, name, address) {
      const { role, approval } = code.redeem(typed)
      if (!approval) return await admit({ id: DeviceId.parse(randomUUID()), name, role }, address)
      const { device, ticket } = waiting.add({ name, role, address })
      return { kind: 'waiting', ticket, number: device.number, expiresAt: device.expiresAt }
    },
    async collect(ticket) {
      const { state, device } = waiting.collect(ticket)
      const { id, name, role, number, address, expiresAt } = device
      if (state === 'approved') return await admit({ id, name, role }, address)
      return { kind: 'waiting', ticket, number, expiresAt }
    },
    stepUp: async (id) => stepUp.state(id),
    async confirm(by, actor) {
      if (by.by === 'pin')
        await stepUp.byPin(actor.device, by.pin, async ({ until, first }) => {
          await note(actor, 'device.locked', actor.device, { after: { until } })
          if (first) await parts.onPinLocked({ id: actor.device, name: actor.name })
        })
      else stepUp.byCode(actor.device, by.code)
      await note(actor, 'device.confirm', actor.device, { after: { by: by.by } })
      return stepUp.state(actor.device)
    },
    async setPin(pin, actor) {
      await stepUp.setPin(actor.device, pin)
      await note(actor, 'device.pin', actor.device, {})
      return stepUp.state(actor.device)
    },
    async issueConfirmCode(actor) {
      if (actor.device !== CLI_DEVICE.id)
        throw new HoldfastError('NOT_ALLOWED', 'This code is shown by the machine itself only.', {
          next: 'Run `holdfast device confirm` on the machine.',
        })
      const issued = stepUp.issueCode()
      await note(actor, 'device.confirm-code', '', {})
      return issued
    },
    waiting: async () => waiting.list(),
    async approve(id, role, actor) {
      const device = waiting.approve(id, role)
      if (device === undefined) throw notWaiting()
      const after = { name: device.name, role }
      await parts.audit.append(
        actOf(auditActor(actor), { at: now(), act: 'device.approve', subject: id, after }),
      )
    },
    async deny(id, actor) {
      const device = waiting.deny(id)
      if (device === undefined) throw notWaiting()
      const before = { name: device.name, role: device.role }
      await parts.audit.append(
        actOf(auditActor(actor), { at: now(), act: 'device.deny', subject: id, before }),
      )
    },
    async issueCode(role, actor) {
      // At the machine's own console a person is who shows the code; on a device it may be whoever holds that.
      const approval = actor.device !== CLI_DEVICE.id
      const issued = code.issue({ role, lifeMs: CODE_LIFE_MS, approval })
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
      await stepUp.forget(id)
      parts.onRevoked(id)
    },
  }
}

function notWaiting(): HoldfastError {
  return new HoldfastError('INPUT_INVALID', 'This device does not wait any more.', {
    next: 'Show it a new code.',
  })
}
