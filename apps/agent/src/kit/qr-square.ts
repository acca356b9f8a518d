import { Path, Svg } from '@react-pdf/renderer'
import { createElement as h, type ReactNode } from 'react'
import { qrPicture } from '../qr-picture.ts'

/** What a reader needs to see white around a code, in modules. */
const QUIET = 4

/** A text as a QR code that forgives 15 % (M), `side` points wide with its white edge. */
export function qrSquare(text: string, side: number): ReactNode {
  const { size, path } = qrPicture(text)
  const whole = size + 2 * QUIET
  return h(
    Svg,
    { viewBox: `${-QUIET} ${-QUIET} ${whole} ${whole}`, style: { width: side, height: side } },
    h(Path, { d: path, fill: '#000000' }),
  )
}
