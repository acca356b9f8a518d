import { Text } from '@react-pdf/renderer'
import { createElement as h, type ReactNode } from 'react'
import { fontsFor } from './report-fonts.ts'

export const INK = '#14262b'
export const SOFT = '#566569'
export const LINE = '#e3ddd2'

export type PaperStyle = Readonly<Record<string, string | number>>

/** A text for paper, in the fonts that it needs. */
export function words(
  text: string,
  style: PaperStyle = {},
  more: { key?: number | string; minPresenceAhead?: number } = {},
): ReactNode {
  return h(Text, { ...more, style: { fontFamily: fontsFor(text), ...style } }, text)
}
