import { isHoldfastError } from '@holdfast/domain'
import { isDamage } from '../check/findings.ts'
import { whereNeeded } from '../check/where-needed.ts'
import { cutModeFor, cutWindow, gearTable, WINDOW } from '../chunk/chunker.ts'
import { createPieceHasher } from '../chunk/piece-id.ts'
import { livePath } from '../drill/compare-restored.ts'
import { sourcesOf } from '../drill.ts'
import type { OpenFile, SourceTree } from '../ports.ts'
import type { RepairEnv } from '../repair.ts'
import { breathe } from '../scan/breathe.ts'
import { toBytePath } from '../scan/path-order.ts'
import type { LeafReader } from '../snapshot/leaf.ts'
import { type ContentPart, type Entry, parseContentList, parseLine } from '../snapshot/manifest-line.ts'
import type { SnapshotHistory } from '../snapshot/read-snapshots.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import type { Rescue } from './rescue.ts'
import type { Survey } from './survey.ts'

/**
 * Looks for wanted pieces in the live files that the snapshots name: where they lay in the file by the snapshot, and
 * then wherever the vault's chunker cuts the file as it is now. A file that can't be read is passed over.
 */
export async function rescueFromFiles(
  vault: OpenedVault,
  by: { history: SnapshotHistory; survey: Survey; rescue: Rescue; source: SourceTree },
  env: RepairEnv,
): Promise<void> {
  const { survey, rescue, source } = by
  const { wanted, reader } = survey
  const cut = cutter(vault)
  const tried = new Set<string>()
  const snapshots = [...by.history.snapshots, ...by.history.hidden]
  const lost = { pieces: wanted, leaves: survey.lostLeaves }
  let done = 0
  for await (const need of whereNeeded(snapshots, lost, { reader, signal: env.signal })) {
    if (need.kind === 'leaf' || !wanted.has(need.piece)) continue
    const entry = parseLine(need.line)
    const live = livePath(entry.path, sourcesOf(need.snapshot))
    if (live === undefined || entry.kind !== 'file') continue
    const name = toBytePath(live)
    if (tried.has(`${name}\n${need.line}`)) continue
    tried.add(`${name}\n${need.line}`)
    env.emit({ type: 'progress', phase: 'files', done, total: null })
    done += 1
    const found = (id: string, bytes: Uint8Array, at: string) =>
      rescue.fromFile({ id, bytes, name: `${entry.path}${at}`, mtimeNs: entry.mtimeNs, mode: entry.mode })
    const parts = await partsOf(entry, reader)
    await withFile(source, live, (file) => byPlace(file, parts, { wanted, found, signal: env.signal }))
    if (tried.has(name) || !parts.some(([id]) => id !== 0 && wanted.has(id))) continue
    tried.add(name)
    await withFile(source, live, (file) => cut(file, { name: entry.path, wanted, found, signal: env.signal }))
  }
}

type Search = {
  readonly wanted: ReadonlySet<string>
  readonly signal: AbortSignal
  found(id: string, bytes: Uint8Array, at: string): Promise<boolean>
}

async function withFile(
  source: SourceTree,
  path: Uint8Array,
  work: (file: OpenFile) => Promise<void>,
): Promise<void> {
  const file = source.open(path)
  if ('problem' in file) return
  try {
    await work(file)
  } catch (error) {
    if (!isHoldfastError(error, 'SOURCE_UNREADABLE')) throw error
  } finally {
    file.close()
  }
}

/** Reads the file along the recorded parts. */
async function byPlace(file: OpenFile, parts: readonly ContentPart[], search: Search): Promise<void> {
  let offset = 0
  for (const [number, [id, length]] of parts.entries()) {
    const isWanted = id !== 0 && search.wanted.has(id)
    const bytes = await read(file, length, { keep: isWanted, signal: search.signal })
    if (bytes === undefined) return
    if (isWanted) await search.found(id, bytes, parts.length === 1 ? '' : `.part/${number}-${offset}`)
    offset += length
  }
}

/** The next `length` bytes, or none of them when they are only passed over; undefined at the end of the file. */
async function read(
  file: OpenFile,
  length: number,
  { keep, signal }: { keep: boolean; signal: AbortSignal },
): Promise<Uint8Array | undefined> {
  const buffer = Buffer.alloc(keep ? length : Math.min(length, 1024 * 1024))
  let done = 0
  while (done < length) {
    await breathe(signal)
    const into = keep ? buffer.subarray(done) : buffer.subarray(0, Math.min(buffer.length, length - done))
    const got = file.readInto(into)
    if (got === 0) return undefined
    done += got
  }
  return keep ? buffer : buffer.subarray(0, 0)
}

/** Cuts a file as a backup would and offers every piece. */
function cutter(vault: OpenedVault) {
  const hasher = createPieceHasher(vault.keys.pieceId)
  const table = gearTable(vault.keys.chunker)
  return async (file: OpenFile, search: Search & { name: string }): Promise<void> => {
    const buffer = Buffer.alloc(WINDOW)
    const mode = cutModeFor(search.name)
    let filled = 0
    let fileOffset = 0
    let number = 0
    for (let last = false; !last; ) {
      await breathe(search.signal)
      const got = file.readInto(buffer.subarray(filled))
      filled += got
      last = got === 0
      if (filled < WINDOW && !last) continue
      let used = 0
      for (const { offset, length, hole } of cutWindow(buffer.subarray(0, filled), table, {
        fileOffset,
        mode,
        last,
      })) {
        used = offset + length
        if (hole) continue
        const bytes = buffer.subarray(offset, used)
        const id = hasher.of(bytes).toString('hex')
        if (search.wanted.has(id)) await search.found(id, bytes, `.part/${number}-${fileOffset + offset}`)
        number += 1
      }
      buffer.copyWithin(0, used, filled)
      fileOffset += used
      filled -= used
    }
  }
}

/** The parts of a file's content; none where its lists can't be read. */
async function partsOf(entry: Entry, reader: LeafReader): Promise<readonly ContentPart[]> {
  if (entry.contentLists === undefined) return entry.content ?? []
  const parts: ContentPart[] = []
  try {
    for (const id of entry.contentLists) parts.push(...parseContentList(await reader.readPiece(id)))
  } catch (error) {
    if (!isDamage(error)) throw error
    return []
  }
  return parts
}
