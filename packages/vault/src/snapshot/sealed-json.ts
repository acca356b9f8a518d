import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { HoldfastError } from '@holdfast/domain'
import { frameContentSize } from '../pack/frame.ts'

/**
 * A sealed object: what snapshots, marks and claims are on the remote. One zstd frame of two lines: the JSON, and the
 * hex of HMAC-SHA-256 under the MAC key over the object's own key, a newline, and the first line. Behind the frame
 * stands a skippable frame (0x184D2A51, 32 bytes) with the SHA-256 of the first, so that every flipped bit shows, also
 * one that zstd would not mind. An object under another name, or changed, is none.
 */
export function sealJson(key: string, json: string, macKey: Uint8Array): Uint8Array {
  const frame = zstdCompressSync(Buffer.from(`${json}\n${macOf(key, json, macKey).toString('hex')}\n`))
  return Buffer.concat([frame, DIGEST_HEADER, createHash('sha256').update(frame).digest()])
}

/**
 * The JSON text of a sealed object. VAULT_DAMAGED when the MAC does not cover these bytes under this key; `what` names
 * the kind for people ("snapshot"), and nothing above `maxRaw` bytes is opened.
 */
export function openSealedJson(
  key: string,
  bytes: Uint8Array,
  macKey: Uint8Array,
  { what, maxRaw }: { what: string; maxRaw: number },
): string {
  const damaged = (how: string, cause?: unknown) =>
    new HoldfastError('VAULT_DAMAGED', `The ${what} ${key} ${how}.`, { cause })
  const end = bytes.length - DIGEST_HEADER.length - 32
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, Math.max(0, end))
  const digest = Buffer.concat([DIGEST_HEADER, createHash('sha256').update(frame).digest()])
  if (end < 0 || !digest.equals(bytes.subarray(end))) throw damaged('is cut short or was changed')
  const size = frameContentSize(frame)
  if (size === undefined || size > maxRaw) throw damaged('is cut short or is none')
  let text: string
  try {
    text = zstdDecompressSync(frame, { maxOutputLength: size + 1 }).toString('utf8')
  } catch (cause) {
    throw damaged('does not decompress', cause)
  }
  const [json, mac] = text.split('\n')
  if (json === undefined || mac === undefined || !/^[0-9a-f]{64}$/.test(mac)) throw damaged('is cut short')
  if (!timingSafeEqual(macOf(key, json, macKey), Buffer.from(mac, 'hex')))
    throw damaged('was changed, or lies under a name that is not its own')
  return json
}

/** Magic and length of the skippable frame that holds the digest. */
const DIGEST_HEADER = Buffer.from('512a4d1820000000', 'hex')

function macOf(key: string, json: string, macKey: Uint8Array): Buffer {
  return createHmac('sha256', macKey).update(`${key}\n${json}`).digest()
}
