import { type BytePath, fromBytePath } from '../scan/path-order.ts'

/** Bytes that a member's headers take: one block, or three when the name needs a PAX record (see below). */
export const TAR_BLOCK = 512

/** The end of an archive: two zero blocks. */
export const TAR_END = new Uint8Array(2 * TAR_BLOCK)

/**
 * A tar member's headers (POSIX.1-1988 ustar; POSIX.1-2001 PAX when the name is longer than 100 bytes or not plain
 * ASCII). The PAX record holds the name's raw bytes without `hdrcharset`: GNU tar takes them as they are, silently.
 * The member is a regular file owned by nobody in particular; who owned it stands in the manifest.
 */
export function tarHeader(name: BytePath, size: number, mtimeSeconds: number, mode: number): Buffer {
  if (isPlain(name)) {
    const block = Buffer.alloc(TAR_BLOCK)
    writeBlock(block, name, size, { mtimeSeconds, mode, type: '0' })
    return block
  }
  const record = paxRecord('path', name)
  const recordBlocks = Math.ceil(record.length / TAR_BLOCK) * TAR_BLOCK
  const out = Buffer.alloc(TAR_BLOCK + recordBlocks + TAR_BLOCK)
  writeBlock(out, '././@PaxHeader', record.length, { mtimeSeconds: 0, mode: 0o644, type: 'x' })
  out.set(record, TAR_BLOCK)
  const short = name
    .slice(-100)
    .replace(/[^\x20-\x7e]/g, '_')
    .replace(/^\/+/, '_')
  writeBlock(out.subarray(TAR_BLOCK + recordBlocks), short, size, { mtimeSeconds, mode, type: '0' })
  return out
}

/** Bytes that a member's headers take at most, beside its name. */
export const MOST_HEADER = 5 * TAR_BLOCK

/** Writes what `tarHeader` answers to the beginning of `out`; answers how many bytes that were. */
export function putTarHeader(
  out: Buffer,
  name: BytePath,
  { size, mtimeSeconds, mode }: { size: number; mtimeSeconds: number; mode: number },
): number {
  if (isPlain(name)) {
    out.fill(0, 0, TAR_BLOCK)
    writeBlock(out, name, size, { mtimeSeconds, mode, type: '0' })
    return TAR_BLOCK
  }
  const header = tarHeader(name, size, mtimeSeconds, mode)
  out.set(header)
  return header.length
}

/** A symbolic link as a member, under the same rules. RangeError when its target is long or not plain ASCII. */
export function tarLinkHeader(name: BytePath, target: string, mtimeSeconds: number): Buffer {
  if (target.length > 100 || NOT_PLAIN.test(target)) throw new RangeError(`not a plain target: ${target}`)
  const header = tarHeader(name, 0, mtimeSeconds, 0o777)
  const block = header.subarray(header.length - TAR_BLOCK)
  block.write('2', 156, 'latin1')
  block.write(target, 157, 'latin1')
  block.write(`${octal(tarChecksum(block), 6)}\u0000 `, 148, 'latin1')
  return header
}

/** What a header's checksum must be: the sum of its bytes, those of the checksum itself counted as spaces. */
export function tarChecksum(block: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < TAR_BLOCK; i += 1) sum += i >= 148 && i < 156 ? 32 : (block[i] as number)
  return sum
}

/** Bytes from the end of a member's content to the next block. */
export function tarPadding(size: number): number {
  return (TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK
}

function isPlain(name: BytePath): boolean {
  return name.length <= 100 && !NOT_PLAIN.test(name)
}

const NOT_PLAIN = /[^\x20-\x7e]/
/** Eleven octal digits: what ustar can hold; times outside are clamped (the manifest has them exactly). */
const MAX_OCTAL_TIME = 0o77777777777

function writeBlock(
  block: Buffer,
  name: string,
  size: number,
  fields: { mtimeSeconds: number; mode: number; type: '0' | 'x' },
): void {
  const time = Math.min(Math.max(0, fields.mtimeSeconds), MAX_OCTAL_TIME)
  block.write(name, 0, 'latin1')
  block.write(octal(fields.mode, 7), 100, 'latin1')
  block.write('0000000\u00000000000\u0000', 108, 'latin1')
  block.write(octal(size, 11), 124, 'latin1')
  block.write(octal(time, 11), 136, 'latin1')
  block.write(fields.type, 156, 'latin1')
  block.write('ustar\u000000', 257, 'latin1')
  block.write(`${octal(tarChecksum(block), 6)}\u0000 `, 148, 'latin1')
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0')
}

/** `<length> path=<bytes>\n`, where length counts itself. */
function paxRecord(key: string, value: BytePath): Uint8Array {
  const rest = ` ${key}=`.length + value.length + 1
  let length = rest + String(rest).length
  if (String(length).length + rest !== length) length = rest + String(length).length
  return fromBytePath(`${length} ${key}=${value}\n`)
}
