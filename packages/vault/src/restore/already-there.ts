import { createHmac } from 'node:crypto'
import { isHoldfastError } from '@holdfast/domain'
import type { EntryStat, OpenFile, TargetTree } from '../ports.ts'
import { breathe } from '../scan/breathe.ts'
import { fromBytePath, toBytePath } from '../scan/path-order.ts'
import type { LeafReader } from '../snapshot/leaf.ts'
import { type ContentPart, type Entry, parseContentList } from '../snapshot/manifest-line.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import type { Owner } from './owner-by.ts'

/** True when what is at an entry's path is the entry, to the last byte. */
export type AlreadyThere = (entry: Entry) => Promise<boolean>

/**
 * Compares what lies in the target with entries: kind, mode, owner where owners are restored, time, size, and then the
 * bytes by the hashes of the pieces, so that nothing has to be fetched. A file that can't be read is not the entry.
 */
export function createAlreadyThere(
  vault: OpenedVault,
  by: {
    reader: Pick<LeafReader, 'readPiece'>
    env: { readonly target: TargetTree; readonly signal: AbortSignal }
    ownerOf(entry: Owner): Owner | undefined
  },
): AlreadyThere {
  const { target, signal } = by.env
  return async (entry) => {
    const found = target.lstat(fromBytePath(entry.path))
    if (found === undefined || !isLike(found, entry, by.ownerOf(entry))) return false
    if (entry.kind === 'link') {
      const leadsTo = target.readLink(fromBytePath(entry.path))
      return leadsTo instanceof Uint8Array && toBytePath(leadsTo) === entry.linkTarget
    }
    if (entry.kind !== 'file') return true
    const file = target.open(fromBytePath(entry.path))
    if ('problem' in file) return false
    try {
      for await (const part of contentOf(entry, by.reader))
        if (!(await holdsNext(file, part, { key: vault.keys.pieceId, signal }))) return false
      return true
    } catch (error) {
      if (isHoldfastError(error, 'SOURCE_UNREADABLE')) return false
      throw error
    } finally {
      file.close()
    }
  }
}

/** Times are restored to the microsecond. */
function isLike(found: EntryStat, entry: Entry, owner: Owner | undefined): boolean {
  if (found.kind !== entry.kind || microsOf(found.mtimeNs) !== microsOf(entry.mtimeNs)) return false
  if (entry.kind !== 'link' && found.mode !== entry.mode) return false
  if (owner !== undefined && (found.uid !== owner.uid || found.gid !== owner.gid)) return false
  if (entry.kind === 'char' || entry.kind === 'block')
    return found.rdevMajor === entry.device.major && found.rdevMinor === entry.device.minor
  return entry.kind !== 'file' || found.size === entry.size
}

function microsOf(ns: bigint): bigint {
  return ns >= 0n ? ns / 1000n : (ns - 999n) / 1000n
}

async function* contentOf(
  entry: Entry,
  reader: Pick<LeafReader, 'readPiece'>,
): AsyncGenerator<ContentPart, void, undefined> {
  if (entry.content !== undefined) yield* entry.content
  for (const id of entry.contentLists ?? []) yield* parseContentList(await reader.readPiece(id))
}

const STEP_BYTES = 1024 * 1024
const step = Buffer.alloc(STEP_BYTES)

/** True when the next bytes of the file are the part's. */
async function holdsNext(
  file: OpenFile,
  [id, length]: ContentPart,
  by: { key: Uint8Array; signal: AbortSignal },
): Promise<boolean> {
  const hmac = createHmac('sha256', by.key)
  let left = length
  while (left > 0) {
    const got = file.readInto(step.subarray(0, Math.min(left, STEP_BYTES)))
    if (got === 0) return false
    const bytes = step.subarray(0, got)
    if (id !== 0) hmac.update(bytes)
    else if (bytes.some((byte) => byte !== 0)) return false
    left -= got
    if (left > 0 || length >= STEP_BYTES) await breathe(by.signal)
  }
  return id === 0 || hmac.digest('hex') === id
}
