const CONSONANTS = 'bdfghjklmnprstvz'
const VOWELS = 'aiou'
const GROUPS = 5

/**
 * A passphrase of five made-up words that can be read out and typed (`lusab-babad-gutih-…`): 80 bits, from the
 * ten bytes of chance that the caller draws.
 */
export function passphraseFrom(chance: Uint8Array): string {
  if (chance.length !== GROUPS * 2) throw new RangeError(`passphraseFrom needs ${GROUPS * 2} bytes`)
  const words = Array.from({ length: GROUPS }, (_, i) =>
    word(((chance[2 * i] ?? 0) << 8) | (chance[2 * i + 1] ?? 0)),
  )
  return words.join('-')
}

export const PASSPHRASE_CHANCE_BYTES = GROUPS * 2

export type Strength = { readonly level: 0 | 1 | 2 | 3; readonly word: string; readonly hint: string }

/** A rough judgement of a passphrase that a person made up. It flatters nothing: repeats and runs count for little. */
export function passphraseStrength(text: string): Strength {
  if (text.length < 8) return { level: 0, word: 'Too short', hint: 'At least eight characters.' }
  const bits = effectiveLength(text) * Math.log2(alphabetSize(text))
  if (bits < 45)
    return { level: 1, word: 'Weak', hint: 'A computer guesses this. Add a few unrelated words.' }
  if (bits < 70) return { level: 2, word: 'Fair', hint: 'One or two more words make it strong.' }
  return { level: 3, word: 'Strong', hint: 'Good. Now keep it where you will find it.' }
}

/** Five letters for sixteen bits: consonant, vowel, consonant, vowel, consonant. */
function word(bits: number): string {
  const c = (shift: number) => CONSONANTS.charAt((bits >> shift) & 15)
  const v = (shift: number) => VOWELS.charAt((bits >> shift) & 3)
  return c(12) + v(10) + c(6) + v(4) + c(0)
}

/** Characters that add something: one that repeats or continues the one before counts for a quarter. */
function effectiveLength(text: string): number {
  let length = 0
  for (let i = 0; i < text.length; i += 1) {
    const step = i === 0 ? 99 : Math.abs(text.charCodeAt(i) - text.charCodeAt(i - 1))
    length += step <= 1 ? 0.25 : 1
  }
  return Math.min(length, new Set(text).size * 2)
}

function alphabetSize(text: string): number {
  const kinds: readonly [RegExp, number][] = [
    [/[a-z]/, 16],
    [/[A-Z]/, 16],
    [/[0-9]/, 8],
    [/[^a-zA-Z0-9]/, 12],
  ]
  return kinds.reduce((size, [kind, letters]) => (kind.test(text) ? size + letters : size), 2)
}
