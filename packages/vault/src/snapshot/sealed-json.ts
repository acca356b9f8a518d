import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { zstdCompressSync } from 'node:zlib'
import { HoldfastError } from '@holdfast/domain'
import { decompressFrame, frameContentSize } from '../pack/frame.ts'

/**
 * A sealed object: what snapshots, marks and claims are on the remote. One zstd frame of two lines: the JSON, and the
 * hex of HMAC-SHA-256 under the MAC key over the object's own key, a newline, and the first line. Behind the frame
 * stands a skippable frame (0x184D2A51, 32 bytes) with the SHA-256 of the first, so that every flipped bit shows, also
 * one that zstd would not mind. An object under another name, or changed, is none.
 */
export function sealJson(key: string, json: string, macKey: Uint8Array): Uint8Array {
  const line = Buffer.from(json)
  const mac = Buffer.from(`\n${macOf(key, line, macKey).toString('hex')}\n`)
  const frame = zstdCompressSync(Buffer.concat([line, mac]))
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
  if (size === undefined || size > maxRaw + MAC_LINE) throw damaged('is cut short or is none')
  let raw: Buffer
  try {
    raw = decompressFrame(frame, size, maxRaw + MAC_LINE)
  } catch (cause) {
    throw damaged('does not decompress', cause)
  }
  // Nothing is made of these bytes before the MAC has been found to cover them.
  const line = raw.subarray(0, Math.max(0, raw.length - MAC_LINE))
  const mac = /^\n([0-9a-f]{64})\n$/.exec(raw.toString('latin1', line.length))?.[1]
  if (mac === undefined || line.includes(10)) throw damaged('is cut short')
  if (!timingSafeEqual(macOf(key, line, macKey), Buffer.from(mac, 'hex')))
    throw damaged('was changed, or lies under a name that is not its own')
  return line.toString('utf8')
}

/** No sealed object and no index object is bigger as it is stored; one that is, is not fetched. */
export const MAX_SEALED_BYTES = 34 * 1024 * 1024
/** The newline before the MAC, its hex, and the newline behind it. */
const MAC_LINE = 66

/** Magic and length of the skippable frame that holds the digest. */
const DIGEST_HEADER = Buffer.from('512a4d1820000000', 'hex')

function macOf(key: string, json: Uint8Array, macKey: Uint8Array): Buffer {
  return createHmac('sha256', macKey).update(`${key}\n`).update(json).digest()
}
