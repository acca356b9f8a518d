import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'

/** Bytes under AES-256-CTR with an HMAC-SHA-256 over them and over what stands beside them in the open. */
export const SealedBox = z.object({
  iv: z.string().regex(/^[0-9a-f]{32}$/),
  data: z.base64(),
  mac: z.string().regex(/^[0-9a-f]{64}$/),
})
export type SealedBox = z.infer<typeof SealedBox>

export type SealedBoxKeys = { readonly encryption: Uint8Array; readonly mac: Uint8Array }

/**
 * Seals bytes together with `bound`, plain JSON values in a fixed order that the box belongs to: it opens beside the
 * same ones only. `iv` is 16 fresh random bytes. Plain enough for openssl and python3 to open.
 */
export function sealBox(
  clear: Uint8Array,
  bound: readonly unknown[],
  { keys, iv }: { keys: SealedBoxKeys; iv: Uint8Array },
): SealedBox {
  const cipher = createCipheriv('aes-256-ctr', keys.encryption, iv)
  const data = Buffer.concat([cipher.update(clear), cipher.final()]).toString('base64')
  const open = { iv: Buffer.from(iv).toString('hex'), data }
  return { ...open, mac: macOf(open, bound, keys).toString('hex') }
}

/** The sealed bytes, undefined unless the MAC covers them and `bound` under these keys. */
export function openBox(
  box: SealedBox,
  bound: readonly unknown[],
  keys: SealedBoxKeys,
): Uint8Array | undefined {
  if (!timingSafeEqual(macOf(box, bound, keys), Buffer.from(box.mac, 'hex'))) return undefined
  const decipher = createDecipheriv('aes-256-ctr', keys.encryption, Buffer.from(box.iv, 'hex'))
  return Buffer.concat([decipher.update(Buffer.from(box.data, 'base64')), decipher.final()])
}

function macOf(
  { iv, data }: Pick<SealedBox, 'iv' | 'data'>,
  bound: readonly unknown[],
  keys: SealedBoxKeys,
): Buffer {
  return createHmac('sha256', keys.mac)
    .update(JSON.stringify([...bound, iv, data]))
    .digest()
}
