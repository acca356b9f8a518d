import { createHash } from 'node:crypto'

/** Bytes that look random and are the same for the same name. */
export function bytesOf(name: string, size: number): Uint8Array {
  const block = createHash('shake256', { outputLength: Math.min(size, 1_000_003) || 1 })
    .update(name)
    .digest()
  const bytes = new Uint8Array(size)
  for (let at = 0; at < size; at += block.length) bytes.set(block.subarray(0, size - at), at)
  return bytes
}

/** Length and hash: what a test compares where bytes would fill a screen. */
export function digest(bytes: Uint8Array): string {
  return `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`
}
