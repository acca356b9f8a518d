import { scrypt, timingSafeEqual } from 'node:crypto'
import type { StepUpState } from '@holdfast/api'
import { type DeviceId, HoldfastError, MINUTE_MS, toHoldfastError } from '@holdfast/domain'
import type { Clock, Random } from '@holdfast/vault/ports'
import { z } from 'zod'
import type { Secrets } from '../secrets.ts'
import { createPairingCode } from './pairing-code.ts'

const LASTS_MS = 5 * MINUTE_MS
const FREE_TRIES = 5
/** How long nothing is heard after the fifth wrong PIN, the sixth and so on; the last one for all that follow. */
const WAITS_MS = [1, 5, 15, 60].map((minutes) => minutes * MINUTE_MS)
const KEPT = 'pins'
const NEW_CODE = 'Run `holdfast device confirm` on the machine, and type what it shows then.'
const OR_A_CODE = 'or use a code of the machine: `holdfast device confirm` there.'

const KeptPin = z.object({
  salt: z.base64(),
  hash: z.base64(),
  wrong: z.number(),
  heardAgainAtMs: z.number(),
})
const KeptPins = z.record(z.string(), KeptPin)

/**
 * Whether the person at a device confirmed lately that it is them (decision 0015). PINs are kept stretched in the sealed
 * secrets, with how often a wrong one was given, so that a restart gives no more tries; what was confirmed is in memory.
 */
export type StepUp = {
  isConfirmed(device: DeviceId): boolean
  /** The person proved it otherwise: a new device's code was shown by the machine, or an owner let it in. */
  confirmed(device: DeviceId): void
  state(device: DeviceId): StepUpState
  /**
   * CODE_WRONG with the tries that are left, TOO_MANY_TRIES while nothing is heard, which begins with `onLocked`;
   * INPUT_INVALID without a PIN.
   */
  byPin(device: DeviceId, pin: string, onLocked: (lock: PinLock) => Promise<void>): Promise<void>
  /** By a code of `issueCode`, which that uses up. As PairingCode's `redeem`. */
  byCode(device: DeviceId, code: string): void
  /** For the machine's own console: draws a code, good for five minutes, in place of any other. */
  issueCode(): { readonly code: string; readonly expiresAt: Date }
  setPin(device: DeviceId, pin: string): Promise<void>
  /** The device is none any more, or may do other things: its PIN and what it confirmed go. */
  forget(device: DeviceId): Promise<void>
}

/** Until when a device's PIN is not heard; `first` since the right one was given. */
export type PinLock = { readonly until: Date; readonly first: boolean }

export function createStepUp(parts: {
  secrets: Pick<Secrets, 'value' | 'setValue'>
  clock: Clock
  random: Random
}): StepUp {
  const { secrets, clock, random } = parts
  const code = createPairingCode({ clock, random })
  const until = new Map<DeviceId, number>()
  /** One after the other: guesses at the same time would all be the same try. */
  let turn: Promise<unknown> = Promise.resolve()

  const kept = () => KeptPins.parse(secrets.value(KEPT) ?? {})
  const keep = async (device: DeviceId, pin: z.infer<typeof KeptPin> | undefined) => {
    const { [device]: _, ...others } = kept()
    await secrets.setValue(KEPT, pin === undefined ? others : { ...others, [device]: pin })
  }
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work)
    turn = mine.catch(() => undefined)
    return mine
  }
  function confirmed(device: DeviceId): void {
    until.set(device, clock.nowMs() + LASTS_MS)
  }
  function untilOf(device: DeviceId): number | undefined {
    const end = until.get(device)
    const now = clock.nowMs()
    // A clock that was put back must not make it last longer.
    return end !== undefined && now < end && end - now <= LASTS_MS ? end : undefined
  }

  async function tryPin(device: DeviceId, pin: string, onLocked: (lock: PinLock) => Promise<void>) {
    const known = kept()[device]
    if (known === undefined) throw new HoldfastError('INPUT_INVALID', 'This device has no PIN.')
    const now = clock.nowMs()
    const wait = known.heardAgainAtMs - now
    if (wait > 0 && wait <= Math.max(...WAITS_MS))
      throw new HoldfastError('TOO_MANY_TRIES', `Too many wrong PINs. ${waitWords(wait)}`, {
        next: `Wait, ${OR_A_CODE}`,
      })
    // Counted before it is looked at: who ends the agent in between has had this try.
    const wrong = known.wrong + 1
    const locked = wrong < FREE_TRIES ? 0 : (WAITS_MS[Math.min(wrong - FREE_TRIES, WAITS_MS.length - 1)] ?? 0)
    await keep(device, { ...known, wrong, heardAgainAtMs: locked === 0 ? 0 : now + locked })
    const same = timingSafeEqual(await stretched(pin, known.salt), Buffer.from(known.hash, 'base64'))
    if (same) {
      await keep(device, { ...known, wrong: 0, heardAgainAtMs: 0 })
      return confirmed(device)
    }
    if (locked === 0) {
      const left = FREE_TRIES - wrong
      throw new HoldfastError(
        'CODE_WRONG',
        `This is not the PIN. ${left} ${left === 1 ? 'try is' : 'tries are'} left.`,
        {
          next: `Type it again, ${OR_A_CODE}`,
        },
      )
    }
    await onLocked({ until: new Date(now + locked), first: wrong === FREE_TRIES })
    throw new HoldfastError('TOO_MANY_TRIES', `This is not the PIN. ${waitWords(locked)}`, {
      next: `Wait, ${OR_A_CODE}`,
    })
  }

  return {
    isConfirmed: (device) => untilOf(device) !== undefined,
    confirmed,
    state(device) {
      const end = untilOf(device)
      return {
        hasPin: kept()[device] !== undefined,
        confirmedUntil: end === undefined ? null : new Date(end),
      }
    },
    byPin: (device, pin, onLocked) => inTurn(() => tryPin(device, pin, onLocked)),
    byCode(device, typed) {
      try {
        code.redeem(typed)
      } catch (cause) {
        // A code that pairs, of which its advice speaks, would be the wrong one.
        const { code: why, message } = toHoldfastError(cause)
        throw new HoldfastError(why, message, { next: NEW_CODE, cause })
      }
      confirmed(device)
    },
    issueCode() {
      const issued = code.issue({ role: 'owner', lifeMs: LASTS_MS, approval: false })
      return { code: issued, expiresAt: new Date(clock.nowMs() + LASTS_MS) }
    },
    setPin: (device, pin) =>
      inTurn(async () => {
        const salt = Buffer.from(random.bytes(16)).toString('base64')
        const hash = (await stretched(pin, salt)).toString('base64')
        await keep(device, { salt, hash, wrong: 0, heardAgainAtMs: 0 })
      }),
    forget: (device) =>
      inTurn(async () => {
        until.delete(device)
        if (kept()[device] !== undefined) await keep(device, undefined)
      }),
  }
}

/** A tenth of a second for each guess, should the sealed secrets and their key be stolen (RFC 7914). */
function stretched(pin: string, salt: string): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  scrypt(
    pin,
    Buffer.from(salt, 'base64'),
    32,
    { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 },
    (error, key) => (error === null ? resolve(key) : reject(error)),
  )
  return promise
}

function waitWords(ms: number): string {
  const minutes = Math.ceil(ms / MINUTE_MS)
  return `It is heard again in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`
}
