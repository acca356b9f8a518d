import { expect, test } from 'vitest'
import { createPairingCode } from './pairing-code.ts'

function makeCode() {
  let nowMs = 1_000_000
  const clock = { nowMs: () => nowMs, nowNs: () => BigInt(nowMs) * 1_000_000n }
  let drawn = 0
  const random = { bytes: (length: number) => Uint8Array.from({ length }, (_, i) => (drawn += i + 7)) }
  const code = createPairingCode({ clock, random })
  return { code, later: (ms: number) => (nowMs += ms) }
}

const codeOf = (action: () => void) => {
  try {
    action()
    return 'ok'
  } catch (error) {
    return (error as { code: string }).code
  }
}

test('the code works once, however it is written', () => {
  const { code } = makeCode()
  const issued = code.issue()
  expect(issued).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/)
  expect(codeOf(() => code.redeem(` ${issued.toLowerCase()} `))).toBe('ok')
  expect(codeOf(() => code.redeem(issued))).toBe('CODE_EXPIRED')
})

test('it expires after fifteen minutes', () => {
  const { code, later } = makeCode()
  const issued = code.issue()
  later(15 * 60_000)
  expect(codeOf(() => code.redeem(issued))).toBe('CODE_EXPIRED')
})

test('it gives the role that it was drawn for, as long as was said', () => {
  const { code, later } = makeCode()
  expect(code.redeem(code.issue())).toEqual({ role: 'owner', approval: false })
  const drawn = { role: 'viewer', lifeMs: 5 * 60_000, approval: true } as const
  expect(code.redeem(code.issue(drawn))).toEqual({ role: 'viewer', approval: true })
  const issued = code.issue(drawn)
  later(5 * 60_000)
  expect(codeOf(() => code.redeem(issued))).toBe('CODE_EXPIRED')
})

test('five wrong tries burn it, also for the right one after', () => {
  const { code } = makeCode()
  const issued = code.issue()
  const tries = [1, 2, 3, 4, 5].map(() => codeOf(() => code.redeem('AAAA-AAAA')))
  expect(tries).toEqual(['CODE_WRONG', 'CODE_WRONG', 'CODE_WRONG', 'CODE_WRONG', 'CODE_EXPIRED'])
  expect(codeOf(() => code.redeem(issued))).toBe('CODE_EXPIRED')
})

test('more than ten tries a minute are not looked at, and a new code does not help', () => {
  const { code, later } = makeCode()
  for (let i = 0; i < 10; i += 1) codeOf(() => code.redeem('AAAA-AAAA'))
  const issued = code.issue()
  expect(codeOf(() => code.redeem(issued))).toBe('TOO_MANY_TRIES')
  later(60_000)
  expect(codeOf(() => code.redeem(issued))).toBe('ok')
})
