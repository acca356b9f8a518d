import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const css = readFileSync(new URL('./globals.css', import.meta.url), 'utf8')
const tokens = new Map(
  [...css.matchAll(/--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(
    ([, name = '', light = '', dark = '']) => [name, { light, dark }],
  ),
)

const TEXT = ['ink', 'soft', 'sea', 'safe', 'risk', 'fail', 'unknown']
const GRAPHICS = ['edge', 'risk-mark']
const GROUNDS = ['paper', 'card', 'wash']

for (const theme of ['light', 'dark'] as const) {
  test.each(TEXT)(`%s is readable text on every ground, ${theme}`, (name) => {
    for (const ground of GROUNDS) expect(contrast(name, ground, theme), ground).toBeGreaterThanOrEqual(4.5)
  })
  test.each(GRAPHICS)(`%s can be seen on every ground, ${theme}`, (name) => {
    for (const ground of GROUNDS) expect(contrast(name, ground, theme), ground).toBeGreaterThanOrEqual(3)
  })
  test.each(['safe', 'risk', 'fail', 'unknown'])(`%s is readable on its own tint, ${theme}`, (name) => {
    for (const ground of ['paper', 'card']) {
      const tint = mix(
        colour(name, theme),
        colour(ground, theme),
        name === 'fail' || name === 'unknown' ? 0.1 : 0.12,
      )
      expect(ratio(colour(name, theme), tint), ground).toBeGreaterThanOrEqual(4.5)
    }
  })
  test(`the words on a main button are readable, ${theme}`, () => {
    expect(contrast('on-sea', 'sea', theme)).toBeGreaterThanOrEqual(4.5)
  })
}

type Theme = 'light' | 'dark'
type Rgb = readonly [number, number, number]

function contrast(a: string, b: string, theme: Theme): number {
  return ratio(colour(a, theme), colour(b, theme))
}

function colour(name: string, theme: Theme): Rgb {
  const hex = tokens.get(name)?.[theme]
  if (hex === undefined) throw new Error(`no token ${name}`)
  return [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16)) as [number, number, number]
}

function mix(a: Rgb, b: Rgb, share: number): Rgb {
  return [0, 1, 2].map((i) => (a[i] ?? 0) * share + (b[i] ?? 0) * (1 - share)) as [number, number, number]
}

function ratio(a: Rgb, b: Rgb): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (high + 0.05) / (low + 0.05)
}

function luminance(rgb: Rgb): number {
  const [r = 0, g = 0, b = 0] = rgb.map((v) =>
    v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4,
  )
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
