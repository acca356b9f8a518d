import { WriterId } from '@holdfast/domain'
import type { Random } from '../ports.ts'

/** A new id for a machine's history: 8 hex digits by chance, never from a host name (clones share those). */
export function newWriterId(random: Random): WriterId {
  return WriterId.parse(Buffer.from(random.bytes(4)).toString('hex'))
}
