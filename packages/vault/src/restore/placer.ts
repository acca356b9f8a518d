import { HoldfastError, isHoldfastError } from '@holdfast/domain'
import { isDamage } from '../check/findings.ts'
import type { Attributes, TargetFile, TargetTree } from '../ports.ts'
import type { RestoreRequest } from '../restore.ts'
import { type BytePath, fromBytePath, isInside } from '../scan/path-order.ts'
import type { LeafReader } from '../snapshot/leaf.ts'
import { type ContentPart, type Entry, parseContentList } from '../snapshot/manifest-line.ts'
import type { AlreadyThere } from './already-there.ts'
import { otherName } from './other-name.ts'
import { ownerBy } from './owner-by.ts'
import { type PieceFetcher, WINDOW_BYTES } from './piece-fetcher.ts'
import type { RestoreTally } from './restore-tally.ts'

/** A file whose pieces are on their way. */
type FileJob = {
  readonly entry: Entry
  readonly path: BytePath
  file: TargetFile | undefined
  left: number
  queued: boolean
  problem: string | undefined
}

/**
 * Puts entries into the target in manifest order: folders at once, files as their pieces come, hardlinks after their
 * files, and what a folder is like (mode, times) after everything in it. `flush` waits for all that was begun.
 */
export function createPlacer(parts: {
  request: Pick<RestoreRequest, 'conflict' | 'owners' | 'mapOwner'>
  target: TargetTree
  fetcher: PieceFetcher
  tally: RestoreTally
  reader: LeafReader
  alreadyThere: AlreadyThere
}) {
  const { request, target, fetcher, tally, reader, alreadyThere } = parts
  const ownerOf = ownerBy(request)
  const openDirs: { path: BytePath; entry: Entry }[] = []
  let closedDirs: { path: BytePath; entry: Entry }[] = []
  let hardLinks: { entry: Entry; path: BytePath; first: FileJob }[] = []
  const groups = new Map<string, FileJob>()
  /** Groups whose first name was there already. */
  const keptGroups = new Set<string>()
  /** Folders that could not be made: what is in them is left out without being named again. */
  let lost: BytePath | undefined
  let waiting = 0
  /** Files that were begun and are not whole yet. */
  const unfinished = new Set<FileJob>()
  let abandoned = false

  const attributesOf = (entry: Entry): Attributes => ({
    kind: entry.kind,
    mode: entry.mode,
    mtimeNs: entry.mtimeNs,
    owner: ownerOf(entry),
  })

  /** Runs a step on the target; a refusal that concerns this entry alone is named, the rest is thrown. */
  function attempt(path: BytePath, step: () => void): boolean {
    try {
      step()
      return true
    } catch (error) {
      if (!isEntryProblem(error)) throw error
      tally.skip(path, error.message)
      return false
    }
  }

  /** Where the entry goes by the conflict rule; undefined when it stays out. */
  function freePath(entry: Entry): BytePath | undefined {
    const there = target.lstat(fromBytePath(entry.path))
    if (there === undefined) return entry.path
    const replace =
      request.conflict === 'overwrite' || (request.conflict === 'newer' && entry.mtimeNs > there.mtimeNs)
    if (replace) {
      target.remove(fromBytePath(entry.path))
      return entry.path
    }
    if (request.conflict === 'keep-both') return otherName(target, entry.path)
    tally.skip(entry.path, request.conflict === 'newer' ? 'what is there is newer' : 'there is one already')
    return undefined
  }

  function closeDirsBefore(path: BytePath): void {
    for (let top = openDirs.at(-1); top !== undefined && !isInside(path, top.path); top = openDirs.at(-1)) {
      openDirs.pop()
      closedDirs.push(top)
    }
  }

  function placeDir(entry: Entry): void {
    const there = target.lstat(fromBytePath(entry.path))
    if (there !== undefined && there.kind !== 'dir') {
      if (request.conflict !== 'overwrite') {
        tally.skip(entry.path, 'something that is no folder is in the way')
        lost = entry.path
        return
      }
      target.remove(fromBytePath(entry.path))
    }
    target.makeDir(fromBytePath(entry.path))
    openDirs.push({ path: entry.path, entry })
  }

  /** The folder's own line was in a leaf that is damaged: it is made without what the line said of it. */
  function makeLostParents(path: BytePath): void {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')))
    if (parent !== '' && openDirs.at(-1)?.path !== parent) target.makeDir(fromBytePath(parent))
  }

  async function placeFile(entry: Entry): Promise<void> {
    const { hardlinkGroup } = entry
    const first = hardlinkGroup === undefined ? undefined : groups.get(hardlinkGroup)
    // A twin that is a file of its own is made one with the first where that may be replaced.
    if ((first === undefined || request.conflict !== 'overwrite') && (await alreadyThere(entry))) {
      keep(entry)
      return
    }
    const path = freePath(entry)
    if (path === undefined) return
    waiting += 1
    if (first !== undefined) {
      hardLinks.push({ entry, path, first })
      return
    }
    const job: FileJob = { entry, path, file: undefined, left: 0, queued: false, problem: undefined }
    if (hardlinkGroup !== undefined) groups.set(hardlinkGroup, job)
    try {
      await wantContent(job)
    } catch (error) {
      if (!isDamage(error)) throw error
      tally.damage()
      job.problem ??= error.message
    }
    job.queued = true
    if (job.left === 0) finishFile(job)
  }

  async function wantContent(job: FileJob): Promise<void> {
    let offset = 0
    for await (const content of contentOf(job.entry)) {
      for (const [id, length] of content) {
        const at = offset
        offset += length
        if (id === 0) continue
        job.left += 1
        fetcher.want({ id, length, deliver: (bytes, problem) => deliver(job, at, bytes ?? problem) })
        if (fetcher.wantedBytes >= WINDOW_BYTES) await fetcher.flush()
      }
    }
    if (job.entry.contentLists !== undefined && offset !== job.entry.size)
      throw new HoldfastError('VAULT_DAMAGED', 'its content lists do not add up to its size')
  }

  async function* contentOf(entry: Entry): AsyncGenerator<readonly ContentPart[], void, undefined> {
    if (entry.content !== undefined) yield entry.content
    for (const id of entry.contentLists ?? []) yield parseContentList(await reader.readPiece(id))
  }

  function deliver(job: FileJob, offset: number, bytes: Uint8Array | string | undefined): void {
    if (abandoned) return
    job.left -= 1
    if (bytes instanceof Uint8Array) {
      if (job.problem === undefined)
        attemptFile(job, () => {
          openFile(job).writeAt(offset, bytes)
        })
    } else {
      tally.damage()
      job.problem ??= bytes ?? 'its content is missing'
    }
    if (job.left === 0 && job.queued) finishFile(job)
    tally.tick()
  }

  function finishFile(job: FileJob): void {
    if (job.problem === undefined)
      attemptFile(job, () => {
        openFile(job).finish(job.entry.size, attributesOf(job.entry))
        unfinished.delete(job)
      })
    if (job.problem === undefined) {
      tally.restored(job.entry)
      return
    }
    discard(job)
    tally.skip(job.entry.path, job.problem)
  }

  function openFile(job: FileJob): TargetFile {
    job.file ??= target.createFile(fromBytePath(job.path), { sparse: job.entry.sparse })
    unfinished.add(job)
    return job.file
  }

  function discard(job: FileJob): void {
    unfinished.delete(job)
    job.file?.discard()
  }

  function attemptFile(job: FileJob, step: () => void): void {
    try {
      step()
    } catch (error) {
      if (!isEntryProblem(error)) throw error
      job.problem = error.message
    }
  }

  /** What is there is what it should be: nothing is written, and later names of the file are linked to it. */
  function keep(entry: Entry): void {
    tally.kept(entry)
    if (entry.hardlinkGroup === undefined || groups.has(entry.hardlinkGroup)) return
    const job = { entry, path: entry.path, file: undefined, left: 0, queued: true, problem: undefined }
    groups.set(entry.hardlinkGroup, job)
    keptGroups.add(entry.hardlinkGroup)
  }

  async function placeOther(entry: Entry): Promise<void> {
    if (entry.kind === 'socket' || (await alreadyThere(entry))) return
    // A device opens a disk to who may read its node: only who trusts the vault with owners gets one.
    if ((entry.kind === 'char' || entry.kind === 'block') && !request.owners) {
      tally.skip(entry.path, 'a device, which is made only where owners are restored')
      return
    }
    const path = freePath(entry)
    if (path === undefined) return
    if (entry.kind === 'link') {
      target.makeLink(fromBytePath(path), fromBytePath(entry.linkTarget ?? ''), attributesOf(entry))
      return
    }
    await target.makeNode(fromBytePath(path), attributesOf(entry), entry.device)
  }

  async function flush(): Promise<void> {
    // Taken now: entries of the next window may come in while this one is fetched.
    const links = hardLinks
    const closed = closedDirs
    hardLinks = []
    closedDirs = []
    waiting = 0
    await fetcher.flush()
    for (const { entry, path, first } of links) {
      if (first.problem !== undefined) tally.skip(entry.path, first.problem)
      else if (attempt(entry.path, () => target.makeHardLink(fromBytePath(path), fromBytePath(first.path))))
        tally.restored(entry)
    }
    for (const { path, entry } of closed)
      attempt(path, () => target.finishDir(fromBytePath(path), attributesOf(entry)))
  }

  return {
    get waiting() {
      return waiting + closedDirs.length
    },
    flush,
    /** Takes note of a file that is known to be what it should be. */
    keep,
    /** True when the first name of the entry's file was written anew, so that this name is to be linked to it. */
    isRegrouped: ({ hardlinkGroup }: Entry) =>
      hardlinkGroup !== undefined && groups.has(hardlinkGroup) && !keptGroups.has(hardlinkGroup),
    async place(entry: Entry): Promise<void> {
      closeDirsBefore(entry.path)
      if (lost !== undefined && isInside(entry.path, lost)) return
      lost = undefined
      if (entry.problem !== undefined && entry.kind !== 'dir') return
      try {
        makeLostParents(entry.path)
        if (entry.kind === 'dir') placeDir(entry)
        else if (entry.kind === 'file') await placeFile(entry)
        else await placeOther(entry)
      } catch (error) {
        if (!isEntryProblem(error)) throw error
        tally.skip(entry.path, error.message)
        if (entry.kind === 'dir') lost = entry.path
      }
    },
    /** Removes what was begun and is not whole, when the restore ends early; pieces that still come are ignored. */
    abandon(): void {
      abandoned = true
      for (const job of [...unfinished]) discard(job)
    },
    async finish(): Promise<void> {
      while (openDirs.length > 0) closedDirs.push(openDirs.pop() as (typeof openDirs)[number])
      await flush()
    },
  }
}

/** Refusals of the target that concern one entry: the others may still be restored. */
function isEntryProblem(error: unknown): error is HoldfastError {
  return isHoldfastError(error, 'TARGET_OUTSIDE') || isHoldfastError(error, 'TARGET_NOT_WRITABLE')
}
