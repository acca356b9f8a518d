import { createRequire } from 'node:module'
import { Font } from '@react-pdf/renderer'

/** Noto Sans by script; each letter is taken from the first that has it. */
const SCRIPTS = [
  'latin',
  'latin-ext',
  'greek',
  'greek-ext',
  'cyrillic',
  'cyrillic-ext',
  'vietnamese',
  'devanagari',
]

/** In the order in which they are tried. */
const FONTS: readonly string[] = SCRIPTS.map((script) => `Noto ${script}`)

/** What the first font has: Latin 1 and the signs of typography that we use. */
const FIRST_ALONE = /^[\u0020-\u007e\u00a0-\u00ff\u2013\u2014\u2018-\u201d\u2022\u2026]*$/

/** The fonts that a text needs. Trying all of them for every letter takes most of the time of a report. */
export function fontsFor(text: string): string | string[] {
  return FIRST_ALONE.test(text) ? (FONTS[0] ?? 'Helvetica') : [...FONTS]
}

/** Makes the fonts known, from the package's files; they are embedded as far as they are used. Safe to repeat. */
export function registerFonts(): void {
  const { resolve } = createRequire(import.meta.url)
  for (const script of SCRIPTS)
    Font.register({
      family: `Noto ${script}`,
      fonts: [400, 700].map((fontWeight) => ({
        src: resolve(`@fontsource/noto-sans/files/noto-sans-${script}-${fontWeight}-normal.woff`),
        fontWeight,
      })),
    })
  // Names are not hyphenated: they are names.
  Font.registerHyphenationCallback((word) => [word])
}
