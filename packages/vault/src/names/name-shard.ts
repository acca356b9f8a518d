import { crc32 } from 'node:zlib'
import type { OpenedVault } from '../vault/open-vault.ts'

/**
 * The names of some leaves as the cache keeps them: head (magic, CRC-32 of what follows), then for each leaf its id
 * (32 bytes), the length of its text (4 bytes, big endian) and the text: a newline before and after each folded path.
 * What is damaged is as good as not there: it is made again from the vault.
 */
export type LeafNames = { readonly id: string; readonly text: Buffer }

const MAGIC = Buffer.from('HFNAMES1')
const HEAD = MAGIC.length + 4
const ID = 32
const NEWLINE = 0x0a

export function namesFolder(vault: OpenedVault): string {
  return `${vault.id}/names`
}

export function writeNameShard(leaves: readonly LeafNames[]): Uint8Array {
  const parts = leaves.flatMap(({ id, text }) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(text.length)
    return [Buffer.from(id, 'hex'), length, text]
  })
  const body = Buffer.concat(parts)
  const crc = Buffer.alloc(4)
  crc.writeUInt32BE(crc32(body))
  return Buffer.concat([MAGIC, crc, body])
}

/** The leaves of a shard, sharing its memory; undefined when it is damaged or of another version. */
export function readNameShard(bytes: Uint8Array): LeafNames[] | undefined {
  const shard = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (shard.length < HEAD || !shard.subarray(0, MAGIC.length).equals(MAGIC)) return undefined
  if (crc32(shard.subarray(HEAD)) !== shard.readUInt32BE(MAGIC.length)) return undefined
  const leaves: LeafNames[] = []
  for (let at = HEAD; at < shard.length; ) {
    const from = at + ID + 4
    if (from > shard.length) return undefined
    const end = from + shard.readUInt32BE(at + ID)
    if (end > shard.length) return undefined
    leaves.push({ id: shard.toString('hex', at, at + ID), text: shard.subarray(from, end) })
    at = end
  }
  return leaves
}

/** The text of a leaf's names, from its folded paths. */
export function namesText(folded: readonly string[]): Buffer {
  return Buffer.from(`\n${folded.join('\n')}\n`)
}

/** True when one of a leaf's folded paths passes; only lines that hold `literal` are asked. */
export function someName(text: Buffer, literal: Buffer, passes: (folded: string) => boolean): boolean {
  let at = literal.length === 0 ? 1 : text.indexOf(literal)
  while (at !== -1 && at < text.length) {
    const end = text.indexOf(NEWLINE, at)
    const start = text.lastIndexOf(NEWLINE, at - 1) + 1
    if (passes(text.toString('utf8', start, end))) return true
    at = literal.length === 0 ? end + 1 : text.indexOf(literal, end)
  }
  return false
}
