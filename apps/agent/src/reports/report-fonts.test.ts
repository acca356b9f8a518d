import { openSync } from 'fontkit'
import { describe, expect, test } from 'vitest'
import { mendFontkit } from './mend-fontkit.ts'
import { fontFileOf, fontsFor, registerFonts, SCRIPTS } from './report-fonts.ts'

/** Every letter and mark of a script that Unicode has had for longer than fonts need to follow. */
function lettersOf(letters: RegExp): number[] {
  const found: number[] = []
  for (let code = 0x80; code < 0x1f000; code += 1) {
    const letter = String.fromCodePoint(code)
    if (letters.test(letter) && /[\p{L}\p{M}]/u.test(letter)) found.push(code)
  }
  return found
}

const SHAPED = SCRIPTS.filter(({ name }) => !/japanese|korean|chinese|emoji|symbols/.test(name))

describe('a report', () => {
  test.each(SHAPED)('has the letters of $name, and no pair of them trips it', (font) => {
    const { letters } = font
    const face = openSync(fontFileOf(font))
    if (!('layout' in face)) throw new Error('a font, not a collection')
    mendFontkit(face)
    const all = lettersOf(letters)
    const had = all.filter((code) => face.hasGlyphForCodePoint(code))
    expect(all.length).toBeGreaterThan(0)
    expect(had.length / all.length).toBeGreaterThan(0.75)
    const marks = had.filter((code) => /\p{M}/u.test(String.fromCodePoint(code)))
    for (const base of had.slice(0, 80))
      for (const mark of marks.slice(0, 40)) face.layout(String.fromCodePoint(base, mark))
  })

  test('takes no font but the first for what that has, and boxes for what none has', () => {
    registerFonts()
    expect(fontsFor('Größe – “letters”')).toBe('Noto latin')
    expect(fontsFor('ਪੰਜਾਬੀ བོད་ཡིག')).toEqual(['Noto latin', 'Noto gurmukhi', 'Noto tibetan'])
    expect(fontsFor('\u{12000}')).toEqual(['Noto latin'])
  })
})
