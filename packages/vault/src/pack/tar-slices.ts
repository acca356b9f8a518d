import { HoldfastError } from '@holdfast/domain'
import { TAR_BLOCK, tarPadding } from './tar-member.ts'

/** A member in an opened frame: its headers start at `start`, its content at `inner`, the next member at `end`. */
export type TarSlice = { readonly start: number; readonly inner: number; readonly end: number }

/** The members of an opened frame, in order (see `tarHeader`). VAULT_DAMAGED when the frame holds no whole members. */
export function tarSlices(raw: Uint8Array): TarSlice[] {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  const slices: TarSlice[] = []
  let start = 0
  let at = 0
  while (at < bytes.length) {
    const size = Number.parseInt(bytes.toString('latin1', at + 124, at + 135), 8)
    const next = at + TAR_BLOCK + size + tarPadding(size)
    if (!(size >= 0 && next <= bytes.length))
      throw new HoldfastError('VAULT_DAMAGED', 'A frame does not hold whole tar members.')
    const isRecord = bytes[at + 156] === 'x'.charCodeAt(0)
    if (!isRecord) {
      slices.push({ start, inner: at + TAR_BLOCK, end: next })
      start = next
    }
    at = next
  }
  return slices
}
