import {
  HoldfastError,
  isHoldfastError,
  type LogLevel,
  type Skipped,
  type SnapshotId,
} from '@holdfast/domain'
import { eventStream } from './event-stream.ts'
import { openWorkshop } from './pack/workshop.ts'
import type { Attributes, Conflict, TargetFile, TargetTree } from './ports.ts'
import { otherName } from './restore/other-name.ts'
import { createPieceFetcher, type PieceFetcher } from './restore/piece-fetcher.ts'
import { type BytePath, fromBytePath, isInside, toBytePath } from './scan/path-order.ts'
import { pathToText } from './scan/path-text.ts'
import { createLeafReader, type LeafReader } from './snapshot/leaf.ts'
import { linesFrom } from './snapshot/list-entries.ts'
import { type ContentPart, checkParts, type Entry, parseLine, pathOfLine } from './snapshot/manifest-line.ts'
import { findSnapshot } from './snapshot/read-snapshots.ts'
import type { Snapshot } from './snapshot/snapshot-format.ts'
import type { EngineEnv } from './vault/create-vault.ts'
import type { OpenedVault } from './vault/open-vault.ts'

export type RestoreRequest = {
  readonly snapshot: SnapshotId | 'latest'
  /** label/… of what is wanted, with all that lies in it; empty for everything. */
  readonly paths: readonly Uint8Array[]
  readonly conflict: Conflict
  /** Give files back to the owners that the snapshot names; needs root. */
  readonly owners: boolean
  /** Count what would be restored and touch nothing. */
  readonly dryRun: boolean
}

export type RestoreSummary = {
  readonly files: number
  readonly bytes: number
  /** True when every byte that was written was hashed and agreed. */
  readonly verified: boolean
  readonly skipped: readonly Skipped[]
  readonly durationMs: number
}

export type RestoreEvent =
  | {
      readonly type: 'progress'
      readonly filesDone: number
      readonly filesTotal: number | null
      readonly bytesDone: number
      readonly bytesTotal: number | null
    }
  | { readonly type: 'skipped'; readonly path: string; readonly reason: string }
  | { readonly type: 'log'; readonly level: LogLevel; readonly text: string }
  | { readonly type: 'finished'; readonly summary: RestoreSummary }

export type RestoreEnv = EngineEnv & { readonly target: TargetTree; readonly threads?: number }

/**
 * Restores a snapshot, or parts of it, into the target tree below the sources' labels. Streams: memory does not grow
 * with the tree. What can't be restored is named and the rest goes on; what the snapshot itself could not read is no
 * loss of the restore. Rejects with SNAPSHOT_UNKNOWN, NOTHING_SELECTED, TARGET_FULL, CANCELLED, or REMOTE_*.
 */
export function restore(
  vault: OpenedVault,
  request: RestoreRequest,
  env: RestoreEnv,
): AsyncGenerator<RestoreEvent, void, undefined> {
  return eventStream<RestoreEvent>((emit, signal) => runRestore(vault, request, { ...env, signal }, emit), {
    signal: env.signal,
    coalesce: (event) => event.type === 'progress',
  })
}

async function runRestore(
  vault: OpenedVault,
  request: RestoreRequest,
  env: RestoreEnv & { signal: AbortSignal },
  emit: (event: RestoreEvent) => void,
): Promise<RestoreEvent> {
  const startedMs = env.clock.nowMs()
  const snapshot = await findSnapshot(vault, request.snapshot, env)
  const reader = createLeafReader(vault, env)
  await using workshop = openWorkshop(vault.keys, { threads: env.threads ?? 2 })
  const fetcher = createPieceFetcher({
    index: await reader.index(),
    store: vault.store,
    workshop,
    signal: env.signal,
  })
  const tally = createTally(env, { emit, snapshot, whole: request.paths.length === 0 })
  const placer = createPlacer({ request, target: env.target, fetcher, tally, reader })
  let seen = 0
  const missing: BytePath[] = []
  const wish = { paths: request.paths, missing: (path: BytePath) => missing.push(path) }
  for await (const entry of selected(reader, snapshot, wish)) {
    seen += 1
    if (request.dryRun) tally.restored(entry)
    else await placer.place(entry)
    if (fetcher.wantedBytes >= WINDOW_BYTES || placer.waiting >= WINDOW_ENTRIES) await placer.flush()
    tally.tick()
    env.signal.throwIfAborted()
  }
  if (seen === 0 && request.paths.length > 0)
    throw new HoldfastError(
      'NOTHING_SELECTED',
      'The snapshot holds nothing at the paths that were asked for.',
    )
  for (const path of missing) tally.skip(path, 'the snapshot does not hold it')
  await placer.finish()
  return { type: 'finished', summary: tally.summary(env.clock.nowMs() - startedMs) }
}

/** Raw bytes and entries that are gathered before packs are read, so that each frame is read once for many files. */
const WINDOW_BYTES = 96 * 1024 * 1024
const WINDOW_ENTRIES = 8192

/** Entries at and below the wanted paths, and the folders above them; paths that are not there are told apart. */
async function* selected(
  reader: LeafReader,
  snapshot: Snapshot,
  wish: { paths: readonly Uint8Array[]; missing(path: BytePath): void },
): AsyncGenerator<Entry, void, undefined> {
  const { paths, missing } = wish
  if (paths.length === 0) {
    for await (const line of linesFrom(reader, snapshot, '')) yield parseLine(line)
    return
  }
  const wanted = [...new Set(paths.map(toBytePath))].map((path) => path.replace(/\/+$/, ''))
  const tops = wanted.filter((path) => !wanted.some((other) => other !== path && isInside(path, other)))
  const found = new Set<BytePath>()
  for (const top of tops) {
    const parents = top.split('/').slice(0, -1)
    for (let depth = 1; depth <= parents.length; depth += 1) {
      const parent = parents.slice(0, depth).join('/')
      if (found.has(parent)) continue
      found.add(parent)
      for await (const line of linesFrom(reader, snapshot, parent)) {
        if (pathOfLine(line) === parent && (await exists(reader, snapshot, top))) yield parseLine(line)
        break
      }
    }
    let held = false
    for await (const line of linesFrom(reader, snapshot, top)) {
      if (!isInside(pathOfLine(line), top)) break
      held = true
      yield parseLine(line)
    }
    if (!held) missing(top)
  }
}

async function exists(reader: LeafReader, snapshot: Snapshot, path: BytePath): Promise<boolean> {
  for await (const line of linesFrom(reader, snapshot, path)) return isInside(pathOfLine(line), path)
  return false
}

type Tally = ReturnType<typeof createTally>

function createTally(
  env: RestoreEnv,
  by: { emit: (event: RestoreEvent) => void; snapshot: Snapshot; whole: boolean },
) {
  const { files: filesTotal, bytes: bytesTotal } = by.snapshot.body
  const skipped: Skipped[] = []
  let files = 0
  let bytes = 0
  let damaged = false
  let nextMs = 0
  return {
    restored(entry: Entry) {
      if (entry.kind !== 'file' || entry.problem !== undefined) return
      files += 1
      bytes += entry.size
    },
    skip(path: BytePath, reason: string) {
      const text = pathToText(fromBytePath(path))
      skipped.push({ path: text, reason })
      by.emit({ type: 'skipped', path: text, reason })
    },
    damage() {
      damaged = true
    },
    tick() {
      const nowMs = env.clock.nowMs()
      if (nowMs < nextMs) return
      nextMs = nowMs + 200
      by.emit({
        type: 'progress',
        filesDone: files,
        filesTotal: by.whole ? filesTotal : null,
        bytesDone: bytes,
        bytesTotal: by.whole ? bytesTotal : null,
      })
    },
    summary: (durationMs: number): RestoreSummary => ({
      files,
      bytes,
      verified: !damaged,
      skipped,
      durationMs,
    }),
  }
}

/** A file whose pieces are on their way. */
type FileJob = {
  readonly entry: Entry
  readonly path: BytePath
  file: TargetFile | undefined
  left: number
  queued: boolean
  problem: string | undefined
}

function createPlacer(parts: {
  request: RestoreRequest
  target: TargetTree
  fetcher: PieceFetcher
  tally: Tally
  reader: LeafReader
}) {
  const { request, target, fetcher, tally, reader } = parts
  const openDirs: { path: BytePath; entry: Entry }[] = []
  let closedDirs: { path: BytePath; entry: Entry }[] = []
  let hardLinks: { entry: Entry; path: BytePath; first: FileJob }[] = []
  const groups = new Map<string, FileJob>()
  /** Folders that could not be made: what is in them is left out without being named again. */
  let lost: BytePath | undefined
  let waiting = 0

  const attributesOf = (entry: Entry): Attributes => ({
    kind: entry.kind,
    mode: entry.mode,
    mtimeNs: entry.mtimeNs,
    owner: request.owners ? { uid: entry.uid, gid: entry.gid } : undefined,
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

  async function placeFile(entry: Entry): Promise<void> {
    const { hardlinkGroup } = entry
    const first = hardlinkGroup === undefined ? undefined : groups.get(hardlinkGroup)
    const path = freePath(entry)
    if (path === undefined) return
    waiting += 1
    if (first !== undefined) {
      hardLinks.push({ entry, path, first })
      return
    }
    const job: FileJob = { entry, path, file: undefined, left: 0, queued: false, problem: undefined }
    if (hardlinkGroup !== undefined) groups.set(hardlinkGroup, job)
    let offset = 0
    for await (const content of contentOf(entry)) {
      for (const [id, length] of content) {
        const at = offset
        offset += length
        if (id === 0) continue
        job.left += 1
        fetcher.want({ id, length, deliver: (bytes, problem) => deliver(job, at, bytes ?? problem) })
        if (fetcher.wantedBytes >= WINDOW_BYTES) await fetcher.flush()
      }
    }
    job.queued = true
    if (job.left === 0) finishFile(job)
  }

  async function* contentOf(entry: Entry): AsyncGenerator<readonly ContentPart[], void, undefined> {
    if (entry.content !== undefined) yield entry.content
    for (const id of entry.contentLists ?? [])
      yield checkParts(JSON.parse(Buffer.from(await reader.readPiece(id)).toString('utf8')), undefined)
  }

  function deliver(job: FileJob, offset: number, bytes: Uint8Array | string | undefined): void {
    job.left -= 1
    if (bytes instanceof Uint8Array) {
      if (job.problem === undefined)
        attemptFile(job, () => {
          job.file ??= target.createFile(fromBytePath(job.path), { sparse: job.entry.sparse })
          job.file.writeAt(offset, bytes)
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
        job.file ??= target.createFile(fromBytePath(job.path), { sparse: job.entry.sparse })
        job.file.finish(job.entry.size, attributesOf(job.entry))
      })
    if (job.problem === undefined) {
      tally.restored(job.entry)
      return
    }
    job.file?.discard()
    tally.skip(job.entry.path, job.problem)
  }

  function attemptFile(job: FileJob, step: () => void): void {
    try {
      step()
    } catch (error) {
      if (!isEntryProblem(error)) {
        job.file?.discard()
        throw error
      }
      job.problem = error.message
    }
  }

  async function placeOther(entry: Entry): Promise<void> {
    if (entry.kind === 'socket') return
    const path = freePath(entry)
    if (path === undefined) return
    if (entry.kind === 'link') {
      target.makeLink(fromBytePath(path), fromBytePath(entry.linkTarget ?? ''), attributesOf(entry))
      return
    }
    await target.makeNode(fromBytePath(path), attributesOf(entry), entry.device)
  }

  async function flush(): Promise<void> {
    await fetcher.flush()
    waiting = 0
    for (const { entry, path, first } of hardLinks) {
      if (first.problem !== undefined) tally.skip(entry.path, first.problem)
      else if (attempt(entry.path, () => target.makeHardLink(fromBytePath(path), fromBytePath(first.path))))
        tally.restored(entry)
    }
    hardLinks = []
    const closed = closedDirs
    closedDirs = []
    for (const { path, entry } of closed)
      attempt(path, () => target.finishDir(fromBytePath(path), attributesOf(entry)))
  }

  return {
    get waiting() {
      return waiting + closedDirs.length
    },
    flush,
    async place(entry: Entry): Promise<void> {
      closeDirsBefore(entry.path)
      if (lost !== undefined && isInside(entry.path, lost)) return
      lost = undefined
      if (entry.problem !== undefined && entry.kind !== 'dir') return
      try {
        if (entry.kind === 'dir') placeDir(entry)
        else if (entry.kind === 'file') await placeFile(entry)
        else await placeOther(entry)
      } catch (error) {
        if (!isEntryProblem(error)) throw error
        tally.skip(entry.path, error.message)
        if (entry.kind === 'dir') lost = entry.path
      }
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
