import { createRequire } from 'node:module'
import { Font } from '@react-pdf/renderer'

/**
 * Noto Sans by script, with what tells that a text needs it; the order in which they are tried for a letter. A font is
 * read from the disk only when a text needs it: the big ones cost a report nothing that has no such name.
 */
const SCRIPTS: readonly { readonly name: string; readonly letters: RegExp; readonly file: string }[] = [
  script('latin-ext', /[\u0100-\u02ff\u1e00-\u1eff\u2020\u20a0-\u20c0\u2113\u2c60-\u2c7f\ua720-\ua7ff]/),
  script(
    'vietnamese',
    /[\u0102\u0103\u0110\u0111\u0128\u0129\u0168\u0169\u01a0\u01a1\u01af\u01b0\u1ea0-\u1ef9]|[\u0300-\u0323]/,
  ),
  script('greek', /[\u0370-\u03ff]/),
  script('greek-ext', /[\u1f00-\u1fff]/),
  script('cyrillic', /[\u0400-\u045f\u0490\u0491\u04b0\u04b1\u2116]/),
  script('cyrillic-ext', /[\u0460-\u052f\u1c80-\u1c8a\u2de0-\u2dff\ua640-\ua69f]/),
  script('devanagari', /\p{Script=Devanagari}/u),
  script('arabic', /\p{Script=Arabic}/u, 'noto-sans-arabic'),
  script('hebrew', /\p{Script=Hebrew}/u, 'noto-sans-hebrew'),
  script('thai', /\p{Script=Thai}/u, 'noto-sans-thai'),
  ...[
    'Armenian',
    'Bengali',
    'Ethiopic',
    'Georgian',
    'Gujarati',
    'Gurmukhi',
    'Kannada',
    'Khmer',
    'Lao',
    'Malayalam',
    'Myanmar',
    'Sinhala',
    'Tamil',
    'Telugu',
  ].map((name) => {
    const small = name.toLowerCase()
    return script(small, new RegExp(`\\p{Script=${name}}`, 'u'), `noto-sans-${small}`)
  }),
  // Han letters look as the language wants that the rest of the text is in; alone they are taken for Chinese.
  script('japanese', /[\p{Script=Hiragana}\p{Script=Katakana}\u30fc]/u, 'noto-sans-jp'),
  script('korean', /\p{Script=Hangul}/u, 'noto-sans-kr'),
  script('chinese-simplified', /[\p{Script=Han}\u3000-\u303f\uff00-\uffef]/u, 'noto-sans-sc'),
  script('emoji', /\p{Extended_Pictographic}/u, 'noto-emoji'),
  script('symbols', /[\u2190-\u2bff]/, 'noto-sans-symbols'),
]

function script(name: string, letters: RegExp, family = 'noto-sans') {
  return { name: `Noto ${name}`, letters, file: `@fontsource/${family}/files/${family}-${name}` }
}

/** For commands, and for what is typed off the paper: ASCII only. */
export const MONO = 'Noto Mono'

const FIRST = 'Noto latin'

/** What the first font has: Latin 1 and the signs of typography that we use. */
const FIRST_ALONE = /^[\u0020-\u007e\u00a0-\u00ff\u2013\u2014\u2018-\u201d\u2022\u2026]*$/

let onlyFirst = false

/**
 * With `only`, letters that the first font lacks become boxes. Some marks of Gurmukhi trip fontkit, which shapes the
 * letters: a report with boxes is more than none. Holds for the whole thread.
 */
export function limitFonts(only: boolean): void {
  onlyFirst = only
}

/** The fonts that a text needs. Each more is tried for every letter, which takes most of the time of a report. */
export function fontsFor(text: string): string | string[] {
  if (onlyFirst || FIRST_ALONE.test(text)) return FIRST
  return [FIRST, ...SCRIPTS.filter(({ letters }) => letters.test(text)).map(({ name }) => name)]
}

/** Makes the fonts known, from the package's files; they are embedded as far as they are used. Safe to repeat. */
export function registerFonts(): void {
  const { resolve } = createRequire(import.meta.url)
  const latin = { name: FIRST, file: '@fontsource/noto-sans/files/noto-sans-latin' }
  for (const { name, file } of [latin, ...SCRIPTS])
    Font.register({
      family: name,
      fonts: [400, 700].map((fontWeight) => ({
        src: resolve(`${file}-${fontWeight}-normal.woff`),
        fontWeight,
      })),
    })
  Font.register({
    family: MONO,
    fonts: [400, 700].map((fontWeight) => ({
      src: resolve(`@fontsource/noto-sans-mono/files/noto-sans-mono-latin-${fontWeight}-normal.woff`),
      fontWeight,
    })),
  })
  // Names are not hyphenated: they are names.
  Font.registerHyphenationCallback((word) => [word])
}
