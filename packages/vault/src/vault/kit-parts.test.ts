import { randomBytes } from 'node:crypto'
import type { HoldfastError } from '@holdfast/domain'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { kitFromText, kitParts } from './kit-parts.ts'

/** As hard to squeeze as ciphertext. */
const kit = Buffer.from(
  JSON.stringify({ format: 'holdfast-kit', sealed: randomBytes(2500).toString('base64') }),
)
const damaged = (message: string) =>
  ({ code: 'KIT_DAMAGED', message: expect.stringContaining(message) }) as Partial<HoldfastError>
const thrown = (text: string): unknown => {
  try {
    return kitFromText(text)
  } catch (error) {
    return error
  }
}

describe('the texts of a kit', () => {
  test('tell what they are, and hold only what a QR code packs densely', () => {
    const parts = kitParts(kit)
    expect(parts.length).toBeGreaterThan(3)
    for (const [i, part] of parts.entries()) {
      expect(part).toMatch(/^[0-9A-Z $%*+\-./:]+$/)
      expect(part).toContain(`HOLDFAST-KIT:1:${i + 1}/${parts.length}:`)
      expect(part.length).toBeLessThan(970)
    }
  })

  test('make the kit again in any order, typed small, in groups, twice, and with words between', () => {
    const typed = kitParts(kit)
      .toReversed()
      .map((part) => part.toLowerCase().replace(/(.{5})/g, '$1 \n'))
    expect(kitFromText(`scan 1: ${[...typed, typed[0]].join('\nand now\n')} end`)).toEqual(kit)
  })

  test('make any bytes again', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
        expect(Buffer.from(kitFromText(kitParts(bytes).join('\n')))).toEqual(Buffer.from(bytes))
      }),
      { numRuns: 50 },
    )
  })

  test('say which part is missing, mistyped, cut short, or of another kit', () => {
    const parts = kitParts(kit)
    const last = parts.length
    expect(thrown(parts.slice(1, -1).join(' '))).toMatchObject(damaged(`these are missing: 1, ${last}.`))
    const mistyped = parts.map((part, i) =>
      i === 1 ? `${part.slice(0, 60)}${part[60] === 'A' ? 'B' : 'A'}${part.slice(61)}` : part,
    )
    expect(thrown(mistyped.join(' '))).toMatchObject(damaged('wrong sign in them: 2.'))
    expect(kitFromText([...mistyped, parts[1]].join(' '))).toEqual(kit)
    expect(thrown(parts[0]?.slice(0, 100) ?? '')).toMatchObject(damaged('cut short'))
    const other = kitParts(randomBytes(2000))
    expect(thrown([...parts.slice(1), other[0]].join(' '))).toMatchObject(damaged('different'))
  })

  test('never unpack more than a kit may be', () => {
    const parts = kitParts(Buffer.alloc(3_000_000))
    expect(thrown(parts.join(''))).toMatchObject({ code: 'KIT_DAMAGED' })
  })

  test('from paper of an earlier year are read', () => {
    const old = 'HOLDFAST-KIT:1:1/1:AB222DA4:75C9CEA3:PDNEWVGIZYWACAAE6EA4U.'
    expect(Buffer.from(kitFromText(old)).toString()).toBe('a kit')
  })

  test('of a kit too big for paper are refused', () => {
    expect(() => kitParts(randomBytes(40_000))).toThrow(/too big for paper/)
  })
})

test('the text of a file is taken as it is', () => {
  expect(Buffer.from(kitFromText(' {"format": "holdfast-kit"}\n')).toString()).toBe(
    ' {"format": "holdfast-kit"}\n',
  )
})
