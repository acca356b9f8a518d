import type { DeviceId } from '@holdfast/domain'
import type { Actor, Device, Role } from '../context.ts'
import type { QrPicture } from './lan.ts'

/** A one-time code, for a device to be paired. */
export type IssuedCode = {
  readonly code: string
  /** What the device will be. */
  readonly role: Role
  readonly expiresAt: Date
  /** The page that pairs the browser which opens it, where other devices reach it if any can. */
  readonly link: string
  readonly qr: QrPicture
}

/** Devices that may use this agent. */
export type DevicesPort = {
  /** Trades the one-time code for a device. CODE_WRONG, CODE_EXPIRED or TOO_MANY_TRIES otherwise. */
  pair(
    code: string,
    name: string,
    address: string,
  ): Promise<{ device: Device; session: string; secret: string }>
  /** Draws a code, good for five minutes, which replaces any other. */
  issueCode(role: Role, actor: Actor): Promise<IssuedCode>
  list(): Promise<(Device & { lastSeenAt: Date; createdAt: Date })[]>
  /** INPUT_INVALID when there is no such device. */
  rename(id: DeviceId, name: string, actor: Actor): Promise<void>
  /** Ends its sessions and its live streams at once; nothing happens when there is none. */
  revoke(id: DeviceId, actor: Actor): Promise<void>
}
