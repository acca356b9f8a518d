import { expect, test } from 'vitest'
import { PASSPHRASE_CHANCE_BYTES, passphraseFrom, passphraseStrength } from './passphrase.ts'

const bytes = (fill: (i: number) => number) =>
  Uint8Array.from({ length: PASSPHRASE_CHANCE_BYTES }, (_, i) => fill(i))

test('a passphrase is five words of five letters that can be read out', () => {
  expect(passphraseFrom(bytes((i) => i * 31 + 7))).toMatch(
    /^([bdfghjklmnprstvz][aiou]){2}[bdfghjklmnprstvz](-[a-z]{5}){4}$/,
  )
})

test('every bit of chance shows: one flipped bit gives another passphrase', () => {
  const seen = new Set([passphraseFrom(bytes(() => 0))])
  for (let bit = 0; bit < PASSPHRASE_CHANCE_BYTES * 8; bit += 1)
    seen.add(passphraseFrom(bytes((i) => (i === bit >> 3 ? 1 << (bit & 7) : 0))))
  expect(seen.size).toBe(PASSPHRASE_CHANCE_BYTES * 8 + 1)
})

test('too little chance is refused, not padded', () => {
  expect(() => passphraseFrom(new Uint8Array(4))).toThrow(RangeError)
})

test.each([
  ['short', 'Too short'],
  ['aaaaaaaaaaaaaaaaaaaaaaaa', 'Weak'],
  ['abcdefghijklmnopqrstuvwxyz', 'Weak'],
  ['12345678', 'Weak'],
  ['harbour lamp', 'Fair'],
  ['harbour lamp quiet spoon', 'Strong'],
  [passphraseFrom(bytes((i) => i * 53 + 11)), 'Strong'],
])('%s is judged %s', (text, word) => {
  expect(passphraseStrength(text).word).toBe(word)
})
