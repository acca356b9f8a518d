import type { QrPicture } from '@holdfast/api'
import qrcode from 'qrcode'

/** A text as a QR code for a screen to draw: an SVG path of its dark modules. */
export function qrPicture(text: string): QrPicture {
  const { size, data } = qrcode.create(text, { errorCorrectionLevel: 'M' }).modules
  const rows = Array.from({ length: size }, (_, y) => {
    const row = [...data.subarray(y * size, (y + 1) * size)].map((dark) => (dark ? '1' : '0')).join('')
    return [...row.matchAll(/1+/g)].map((run) => `M${run.index} ${y}h${run[0].length}v1h-${run[0].length}z`)
  })
  return { size, path: rows.flat().join('') }
}
