import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Font } from '@react-pdf/renderer'
import { openSync } from 'fontkit'
import { mendFontkit } from './mend-fontkit.ts'

/** A font, what tells that a text needs it, and its file for regular text. */
export type ReportFont = { readonly name: string; readonly letters: RegExp; readonly file: string }

/** Unicode's names of scripts whose font is Noto Sans of that name. */
const OF_THEIR_OWN = [
  ...['Adlam', 'Arabic', 'Armenian', 'Balinese', 'Bamum', 'Bengali', 'Buginese', 'Buhid'],
  ...['Canadian_Aboriginal', 'Cham', 'Cherokee', 'Coptic', 'Ethiopic', 'Georgian', 'Gujarati', 'Gurmukhi'],
  ...['Hanifi_Rohingya', 'Hanunoo', 'Hebrew', 'Javanese', 'Kannada', 'Kayah_Li', 'Khmer', 'Lao', 'Lepcha'],
  ...['Limbu', 'Lisu', 'Malayalam', 'Meetei_Mayek', 'Mende_Kikakui', 'Miao', 'Mongolian', 'Myanmar'],
  ...['New_Tai_Lue', 'Newa', 'Nko', 'Ol_Chiki', 'Oriya', 'Osage', 'Rejang', 'Samaritan', 'Saurashtra'],
  ...['Sinhala', 'Sora_Sompeng', 'Sundanese', 'Syloti_Nagri', 'Syriac', 'Tagalog', 'Tagbanwa', 'Tai_Le'],
  ...['Tai_Tham', 'Tai_Viet', 'Tamil', 'Telugu', 'Thaana', 'Thai', 'Tifinagh', 'Tirhuta', 'Vai'],
  ...['Warang_Citi', 'Yi'],
]
/** Those that Noto draws with serifs only. */
const WITH_SERIFS = ['Nyiakeng_Puachue_Hmong', 'Tibetan', 'Toto']

/**
 * Noto by script, in the order in which its fonts are tried for a letter. A font is read from the disk only when a text
 * needs it: the big ones cost a report nothing that has no such name.
 */
export const SCRIPTS: readonly ReportFont[] = [
  script('latin-ext', /[\u0100-\u02ff\u1e00-\u1eff\u2020\u20a0-\u20c0\u2113\u2c60-\u2c7f\ua720-\ua7ff]/),
  script(
    'vietnamese',
    /[\u0102\u0103\u0110\u0111\u0128\u0129\u0168\u0169\u01a0\u01a1\u01af\u01b0\u1ea0-\u1ef9]|[\u0300-\u0323]/,
  ),
  script('greek', /[\u0370-\u03ff]/),
  script('greek-ext', /[\u1f00-\u1fff]/),
  script('cyrillic', /[\u0400-\u045f\u0490\u0491\u04b0\u04b1\u2116]/),
  script('cyrillic-ext', /[\u0460-\u052f\u1c80-\u1c8a\u2de0-\u2dff\ua640-\ua69f]/),
  script('devanagari', lettersOf('Devanagari')),
  ...OF_THEIR_OWN.map((name) => script(slugOf(name), lettersOf(name), `noto-sans-${slugOf(name)}`)),
  ...WITH_SERIFS.map((name) => script(slugOf(name), lettersOf(name), `noto-serif-${slugOf(name)}`)),
  {
    ...{ name: 'Noto chakma', letters: lettersOf('Chakma') },
    file: '@expo-google-fonts/noto-sans-chakma/400Regular/NotoSansChakma_400Regular.ttf',
  },
  // Han letters look as the language wants that the rest of the text is in; alone they are taken for Chinese.
  script('japanese', /[\p{Script=Hiragana}\p{Script=Katakana}\u30fc]/u, 'noto-sans-jp'),
  script('korean', lettersOf('Hangul'), 'noto-sans-kr'),
  script('chinese-simplified', /[\p{Script=Han}\u3000-\u303f\u3100-\u312f\uff00-\uffef]/u, 'noto-sans-sc'),
  script('emoji', /\p{Extended_Pictographic}/u, 'noto-emoji'),
  script('symbols', /[\u2190-\u2bff]/, 'noto-sans-symbols'),
  {
    ...script('symbols', /[\u2190-\u2bff\u{1f000}-\u{1fbff}]/u, 'noto-sans-symbols-2'),
    name: 'Noto symbols 2',
  },
]

function script(name: string, letters: RegExp, family = 'noto-sans'): ReportFont {
  return {
    name: `Noto ${name}`,
    letters,
    file: `@fontsource/${family}/files/${family}-${name}-400-normal.woff`,
  }
}

function lettersOf(script: string): RegExp {
  return new RegExp(`\\p{Script=${script}}`, 'u')
}

function slugOf(script: string): string {
  return script.toLowerCase().replaceAll('_', '-')
}

/** For commands, and for what is typed off the paper: ASCII only. */
export const MONO = 'Noto Mono'

const FIRST = 'Noto latin'

/** What the first font has: Latin 1 and the signs of typography that we use. */
const FIRST_ALONE = /^[\u0020-\u007e\u00a0-\u00ff\u2013\u2014\u2018-\u201d\u2022\u2026]*$/

let onlyFirst = false

/**
 * With `only`, letters that the first font lacks become boxes: where a name trips the library that shapes letters, a
 * report with boxes is more than none. Holds for the whole thread.
 */
export function limitFonts(only: boolean): void {
  onlyFirst = only
}

/** The fonts that a text needs. Each more is tried for every letter, which takes most of the time of a report. */
export function fontsFor(text: string): string | string[] {
  if (onlyFirst || FIRST_ALONE.test(text)) return FIRST
  return [FIRST, ...SCRIPTS.filter(({ letters }) => letters.test(text)).map(({ name }) => name)]
}

/** Makes the fonts known, from the packages' files; they are embedded as far as they are used. Safe to repeat. */
export function registerFonts(): void {
  const first = script('latin', FIRST_ALONE)
  mendFontkit(openSync(fontFileOf(script('devanagari', FIRST_ALONE))))
  for (const font of [first, ...SCRIPTS]) register(font)
  register({ ...script('latin', FIRST_ALONE, 'noto-sans-mono'), name: MONO })
  // Names are not hyphenated: they are names.
  Font.registerHyphenationCallback((word) => [word])
}

const here = createRequire(import.meta.url)

/** Where the regular letters of a font lie on this machine. */
export function fontFileOf({ file }: ReportFont): string {
  return here.resolve(file)
}

/** Fonts that are not drawn bold say it in regular letters. */
function register(font: ReportFont): void {
  const regular = fontFileOf(font)
  const bold = regular.replace('-400-normal', '-700-normal')
  Font.register({
    family: font.name,
    fonts: [
      { src: regular, fontWeight: 400 },
      { src: existsSync(bold) ? bold : regular, fontWeight: 700 },
    ],
  })
}
