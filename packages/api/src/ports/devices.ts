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

/** A device that came with a code: let in, or to be let in by an owner who sees the same number. */
export type PairAnswer =
  | { readonly kind: 'paired'; readonly device: Device; readonly session: string; readonly secret: string }
  | {
      readonly kind: 'waiting'
      /** Asks again for the answer; nobody else has it. */
      readonly ticket: string
      /** Four digits, shown on both screens. */
      readonly number: string
      readonly expiresAt: Date
    }

/** A device that waits until an owner lets it in. */
export type WaitingDevice = {
  readonly id: DeviceId
  readonly name: string
  readonly number: string
  /** What the code was for; who lets it in may choose another one. */
  readonly role: Role
  readonly address: string
  readonly expiresAt: Date
}

/** How a person may confirm at a device, and until when they did. */
export type StepUpState = { readonly hasPin: boolean; readonly confirmedUntil: Date | null }

/** What a person confirms with: the device's PIN, or a code of the machine's own console. */
export type Confirmation =
  | { readonly by: 'pin'; readonly pin: string }
  | { readonly by: 'code'; readonly code: string }

/** Devices that may use this agent. */
export type DevicesPort = {
  stepUp(device: DeviceId): Promise<StepUpState>
  /**
   * Confirms for five minutes that the person at the device is its owner. CODE_WRONG, TOO_MANY_TRIES, CODE_EXPIRED;
   * INPUT_INVALID by PIN where the device has none.
   */
  confirm(by: Confirmation, actor: Actor): Promise<StepUpState>
  setPin(pin: string, actor: Actor): Promise<StepUpState>
  /** Draws a code for `confirm`, good for five minutes and once. NOT_ALLOWED but at the machine's own console. */
  issueConfirmCode(actor: Actor): Promise<{ readonly code: string; readonly expiresAt: Date }>
  /**
   * Trades the one-time code for a device: at once with a code of the machine's own console, and with one of an owner's
   * device once an owner let it in. CODE_WRONG, CODE_EXPIRED or TOO_MANY_TRIES otherwise.
   */
  pair(code: string, name: string, address: string): Promise<PairAnswer>
  /** What became of a device that waits. CODE_EXPIRED after five minutes, NOT_ALLOWED once it was turned down. */
  collect(ticket: string): Promise<PairAnswer>
  waiting(): Promise<WaitingDevice[]>
  /** INPUT_INVALID when it does not wait any more. */
  approve(id: DeviceId, role: Role, actor: Actor): Promise<void>
  /** INPUT_INVALID when it does not wait any more. */
  deny(id: DeviceId, actor: Actor): Promise<void>
  /** Draws a code, good for five minutes, which replaces any other. */
  issueCode(role: Role, actor: Actor): Promise<IssuedCode>
  list(): Promise<(Device & { lastSeenAt: Date; createdAt: Date })[]>
  /** INPUT_INVALID when there is no such device. */
  rename(id: DeviceId, name: string, actor: Actor): Promise<void>
  /** Ends its sessions and its live streams at once; nothing happens when there is none. */
  revoke(id: DeviceId, actor: Actor): Promise<void>
}
