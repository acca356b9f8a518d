import { createHash, timingSafeEqual } from 'node:crypto'
import type { Role } from '@holdfast/api'
import { HoldfastError, MINUTE_MS } from '@holdfast/domain'
import type { Clock, Random } from '@holdfast/vault/ports'

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const LENGTH = 8
const LIFE_MS = 15 * MINUTE_MS
const WRONG_TRIES = 5
const TRIES_PER_MINUTE = 10

export type PairingCode = {
  /**
   * Draws a new code of 40 random bits, which replaces the one before. For the machine's own screen, or an owner's. The
   * device that uses it gets the role, after an owner's `approval` where that is asked: owner, fifteen minutes and none
   * unless said otherwise.
   */
  issue(what?: { readonly role: Role; readonly lifeMs: number; readonly approval: boolean }): string
  /**
   * Uses the code up. Rejects with TOO_MANY_TRIES above ten tries a minute, CODE_EXPIRED when there is none, after its
   * time or five wrong tries, and CODE_WRONG. Capitals, blanks and dashes don't matter; O is 0, I and L are 1.
   */
  redeem(code: string): { readonly role: Role; readonly approval: boolean }
}

/** The one-time code that makes a browser one of the devices. One at a time, in memory only. */
export function createPairingCode(parts: { clock: Clock; random: Random }): PairingCode {
  let current:
    | { digest: Buffer; expiresAtMs: number; wrong: number; role: Role; approval: boolean }
    | undefined
  let tries: number[] = []
  return {
    issue({ role, lifeMs, approval } = { role: 'owner', lifeMs: LIFE_MS, approval: false }) {
      const code = draw(parts.random)
      current = { digest: digest(code), expiresAtMs: parts.clock.nowMs() + lifeMs, wrong: 0, role, approval }
      return `${code.slice(0, 4)}-${code.slice(4)}`
    },
    redeem(typed) {
      const now = parts.clock.nowMs()
      tries = tries.filter((at) => at > now - MINUTE_MS && at <= now)
      if (tries.length >= TRIES_PER_MINUTE)
        throw new HoldfastError('TOO_MANY_TRIES', 'Too many codes were tried.')
      tries.push(now)
      if (current === undefined || now >= current.expiresAtMs) {
        current = undefined
        throw new HoldfastError('CODE_EXPIRED', 'There is no valid code at the moment.')
      }
      if (!timingSafeEqual(digest(normalized(typed)), current.digest)) {
        current.wrong += 1
        if (current.wrong < WRONG_TRIES) throw new HoldfastError('CODE_WRONG', 'This is not the code.')
        current = undefined
        throw new HoldfastError('CODE_EXPIRED', 'Too many wrong codes: this one is not valid any more.')
      }
      const { role, approval } = current
      current = undefined
      return { role, approval }
    },
  }
}

function draw(random: Random): string {
  const bytes = random.bytes(LENGTH)
  return Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join('')
}

function normalized(typed: string): string {
  return typed.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1')
}

function digest(code: string): Buffer {
  return createHash('sha256').update(code).digest()
}
