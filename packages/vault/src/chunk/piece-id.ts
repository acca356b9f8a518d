import { createHash, createHmac, hash } from 'node:crypto'

/** Bytes of a piece id: HMAC-SHA-256 of the piece's content under the vault's piece-id key. */
export const PIECE_ID_BYTES = 32

/** Bytes that `createPieceHasher().ofSpan` needs to own before a span. */
export const SPAN_GAP = 64

export type PieceHasher = {
  /** The id of any bytes. */
  of(bytes: Uint8Array): Buffer
  /**
   * The id of `length` bytes at `offset`, faster for small ones: it writes the inner pad into the SPAN_GAP bytes
   * before them and hashes in one shot, instead of building an HMAC object.
   */
  ofSpan(buffer: Uint8Array, offset: number, length: number): Buffer
}

/** HMAC-SHA-256 (RFC 2104) with the pads prepared once. */
export function createPieceHasher(key: Uint8Array): PieceHasher {
  if (key.length > SPAN_GAP) throw new RangeError('the piece-id key is at most one block')
  const inner = new Uint8Array(SPAN_GAP).fill(0x36)
  const outer = new Uint8Array(SPAN_GAP + PIECE_ID_BYTES).fill(0x5c, 0, SPAN_GAP)
  key.forEach((byte, i) => {
    inner[i] = byte ^ 0x36
    outer[i] = byte ^ 0x5c
  })
  return {
    of: (bytes) => createHmac('sha256', key).update(bytes).digest(),
    ofSpan(buffer, offset, length) {
      buffer.set(inner, offset - SPAN_GAP)
      outer.set(hash('sha256', buffer.subarray(offset - SPAN_GAP, offset + length), 'buffer'), SPAN_GAP)
      return hash('sha256', outer, 'buffer')
    },
  }
}

/** SHA-256 in hex. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
