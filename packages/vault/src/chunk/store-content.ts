import { isHoldfastError } from '@holdfast/domain'
import type { PieceIndex } from '../index/piece-index.ts'
import { sharedBuffer } from '../pack/job-buffer.ts'
import { createMemberList, type Member, type MemberList } from '../pack/members.ts'
import type { PackWriter, SealedPiece } from '../pack/pack-writer.ts'
import { TAR_BLOCK, tarPadding } from '../pack/tar-member.ts'
import type { Workshop } from '../pack/workshop.ts'
import type { EntryStat, OpenFile, ReadProblem, SourceTree } from '../ports.ts'
import { type BytePath, fromBytePath } from '../scan/path-order.ts'
import type { ContentPart } from '../snapshot/manifest-line.ts'
import { cutModeFor, WINDOW } from './chunker.ts'
import { PIECE_ID_BYTES, SPAN_GAP } from './piece-id.ts'

/** What became of a file's content. `stat` is what held while it was read; a torn file changed every time. */
export type StoredContent =
  | {
      readonly kind: 'stored'
      readonly stat: EntryStat
      readonly parts: readonly ContentPart[]
      readonly torn: boolean
    }
  | { readonly kind: 'unreadable'; readonly problem: string; readonly gone: boolean }

/**
 * Reads files, finds what the vault does not hold yet and hands that to the pack writer. Small files are read into
 * shared batches: `store` then answers later, when the batch is full or `flush` is called.
 */
export type ContentStore = {
  /** Resolves when the file has been read; `settled` is called once, maybe later, in any order. */
  store(
    path: BytePath,
    real: BytePath,
    stat: EntryStat,
    settled: (content: StoredContent) => void,
  ): Promise<void>
  /** Bytes that are not a file's (leaves, long content lists) as one piece; answers its id at once. */
  storePiece(name: string, id: Buffer, bytes: Uint8Array): Promise<void>
  /** Sends the open batches off and waits until everything is with the pack writer. */
  flush(): Promise<void>
}

/** Files up to this many bytes share frames. */
const SMALL = 128 * 1024
/** Files under this many bytes are one piece. */
const UNCUT = 512 * 1024
const BATCH_BYTES = 2 * 1024 * 1024
const BATCH_BUFFER = BATCH_BYTES + UNCUT + 2 * SPAN_GAP
const BUFFER_SIZES = [BATCH_BUFFER, 4 * 1024 * 1024, WINDOW]
const READ_TRIES = 3

type Item = {
  readonly path: BytePath
  readonly stat: EntryStat
  readonly torn: boolean
  readonly offset: number
  readonly length: number
  readonly settled: (content: StoredContent) => void
}
/** `raw` is what the frame will hold when opened: contents with their tar headers. */
type Batch = { buffer: Uint8Array; used: number; raw: number; items: Item[]; together: boolean }

export function createContentStore(parts: {
  source: SourceTree
  index: () => Promise<PieceIndex>
  workshop: Workshop
  packs: () => Promise<PackWriter>
  level: number
  signal: AbortSignal
  onRead(bytes: number): void
  /** A piece is built on that the vault had before this run, in the index's pack of this number. */
  onReused(pack: number): void
  /** A new piece of the manifest has been sealed: its frame, which holds it alone. */
  onMeta?(id: string, frame: Uint8Array): void
}): ContentStore {
  const { source, workshop, signal } = parts
  const underWay = new Set<Promise<void>>()
  const maxUnderWay = workshop.benches + 2
  const spare: Uint8Array[] = []
  let failure: { error: unknown } | undefined

  function newBatch(together: boolean): Batch {
    return { buffer: takeBuffer(BATCH_BUFFER), used: 0, raw: 0, items: [], together }
  }

  /** A buffer of at least `size` bytes from those that came back: allocating them anew costs more than filling them. */
  function takeBuffer(size: number): Uint8Array {
    const length = BUFFER_SIZES.find((one) => size <= one) ?? WINDOW
    const at = spare.findIndex((buffer) => buffer.length === length)
    const [buffer] = at === -1 ? [] : spare.splice(at, 1)
    return buffer ?? sharedBuffer(length)
  }

  let small = newBatch(true)
  let single = newBatch(false)

  /** Lets work go on beside, but never more than a few buffers of it. */
  async function launch(work: Promise<void>): Promise<void> {
    const tracked = work
      .catch((error: unknown) => {
        failure ??= { error }
      })
      .finally(() => underWay.delete(tracked))
    underWay.add(tracked)
    while (underWay.size >= maxUnderWay) await Promise.race(underWay)
    if (failure !== undefined) throw failure.error
  }

  /**
   * Reads a file as the walk saw it: undefined when it is another one by now, or was changed, or can't be read. What was
   * seen before and is the same afterwards needs no look in between.
   */
  function readAsSeen(real: BytePath, seen: EntryStat, into: ReadPlace): ReadWhole | undefined {
    const { offset } = into
    const file = source.open(fromBytePath(real), { unseen: true })
    if ('problem' in file) return undefined
    try {
      const length = fill(file, into.buffer.subarray(offset, offset + seen.size))
      if (length !== seen.size || !sameEntry(seen, file.stat())) return undefined
      parts.onRead(length)
      return { kind: 'read', stat: seen, offset, length, torn: false }
    } catch (error) {
      if (!isHoldfastError(error, 'SOURCE_UNREADABLE')) throw error
      return undefined
    } finally {
      file.close()
    }
  }

  /** Reads a file of at most `most` bytes into the buffer; tries again while it changes. */
  function readWhole(real: BytePath, seen: EntryStat, into: ReadPlace): ReadWhole {
    const { offset } = into
    const asSeen = seen.size <= into.most ? readAsSeen(real, seen, into) : undefined
    if (asSeen !== undefined) return asSeen
    for (let attempt = 1; ; attempt += 1) {
      const file = source.open(fromBytePath(real))
      if ('problem' in file) return { kind: 'unreadable', ...file }
      try {
        const stat = file.stat()
        if (stat.size > into.most) return { kind: 'grown', stat }
        const length = fill(file, into.buffer.subarray(offset, offset + stat.size))
        parts.onRead(length)
        const after = file.stat()
        const changed = length !== stat.size || !sameFile(stat, after)
        if (!changed) return { kind: 'read', stat, offset, length, torn: false }
        if (attempt === READ_TRIES)
          return { kind: 'read', stat: { ...stat, size: length }, offset, length, torn: true }
      } catch (error) {
        if (!isHoldfastError(error, 'SOURCE_UNREADABLE')) throw error
        return { kind: 'unreadable', problem: error.message, gone: false }
      } finally {
        file.close()
      }
    }
  }

  /** The handle of a piece that is to be stored, undefined when the vault or this run has it. */
  function claimNew(index: PieceIndex, ids: Uint8Array, at: number): number | undefined {
    const known = index.find(ids, at)
    if (known === -1) return index.claim(ids, at)
    const pack = index.spot(known)?.pack
    if (pack !== undefined) parts.onReused(pack)
    return undefined
  }

  async function dispatch(batch: Batch): Promise<void> {
    if (batch.items.length === 0) return
    await launch(process(batch))
  }

  async function process(batch: Batch): Promise<void> {
    const spans = new Int32Array(batch.items.length * 2)
    batch.items.forEach((item, i) => {
      spans[i * 2] = item.offset
      spans[i * 2 + 1] = item.length
    })
    const [{ ids, buffer }, index] = await Promise.all([
      workshop.identify({ buffer: batch.buffer, spans }),
      parts.index(),
    ])
    const members = createMemberList()
    const pieces: SealedPiece[] = []
    batch.items.forEach((item, i) => {
      const id = hexId(ids, i)
      const handle = claimNew(index, ids, i * PIECE_ID_BYTES)
      if (handle !== undefined) {
        pieces.push({ id, handle, length: item.length })
        members.add(memberOf(item.path, item.stat, item.offset, item.length))
      }
      item.settled({ kind: 'stored', stat: item.stat, parts: [[id, item.length]], torn: item.torn })
    })
    spare.push(await seal(buffer, { members, pieces, together: batch.together }))
  }

  /** Seals members into frames and hands them to the pack writer; gives the buffer back. */
  async function seal(
    buffer: Uint8Array,
    work: { members: MemberList; pieces: SealedPiece[]; together: boolean; kind?: 'meta' },
  ): Promise<Uint8Array> {
    if (work.members.size === 0) return buffer
    const sealed = await workshop.seal({
      buffer,
      members: work.members.packed(),
      together: work.together,
      level: parts.level,
    })
    const packs = await parts.packs()
    for (const [i, frame] of sealed.frames.entries()) {
      const [first] = work.pieces
      if (work.kind === 'meta' && first !== undefined) parts.onMeta?.(first.id, Uint8Array.from(frame.bytes))
      await packs.add(work.kind ?? 'data', frame, work.together ? work.pieces : work.pieces.slice(i, i + 1))
    }
    return sealed.buffer
  }

  /** A file that is cut but fits one window: read here and now, cut and sealed beside while the walk goes on. */
  async function storeMiddle(
    path: BytePath,
    real: BytePath,
    stat: EntryStat,
    settled: (content: StoredContent) => void,
  ): Promise<void> {
    const buffer = takeBuffer(stat.size)
    const read = readWhole(real, stat, { buffer, offset: 0, most: buffer.length })
    if (read.kind === 'grown') {
      spare.push(buffer)
      return settled(await storeBig(path, real))
    }
    if (read.kind === 'unreadable') {
      spare.push(buffer)
      return settled(read)
    }
    const work = async (): Promise<void> => {
      const content: ContentPart[] = []
      const window = { buffer, filled: read.length, fileOffset: 0, last: true }
      const cut = await cutAndClaim(path, read.stat, window, content)
      settled({ kind: 'stored', stat: read.stat, parts: content, torn: read.torn })
      spare.push(await seal(cut.buffer, { ...cut, together: false }))
    }
    await launch(work())
  }

  /** A big file: window by window, cut by content; a window is sealed beside while the next one is read. */
  async function storeBig(
    path: BytePath,
    real: BytePath,
  ): Promise<
    | ({ kind: 'stored' } & { stat: EntryStat; parts: ContentPart[]; torn: boolean })
    | (ReadProblem & { kind: 'unreadable' })
  > {
    for (let attempt = 1; ; attempt += 1) {
      const file = source.open(fromBytePath(real))
      if ('problem' in file) return { kind: 'unreadable', ...file }
      try {
        const stat = file.stat()
        const content = await cutFile(file, path, stat)
        const length = content.reduce((sum, part) => sum + part[1], 0)
        const torn = length !== stat.size || !sameFile(stat, file.stat())
        if (!torn || attempt === READ_TRIES)
          return { kind: 'stored', stat: torn ? { ...stat, size: length } : stat, parts: content, torn }
      } catch (error) {
        if (!isHoldfastError(error, 'SOURCE_UNREADABLE')) throw error
        return { kind: 'unreadable', problem: error.message, gone: false }
      } finally {
        file.close()
      }
    }
  }

  async function cutFile(file: OpenFile, path: BytePath, stat: EntryStat): Promise<ContentPart[]> {
    const content: ContentPart[] = []
    let buffer = takeBuffer(WINDOW)
    let filled = 0
    let fileOffset = 0
    let left = stat.size
    while (left > 0 || filled > 0) {
      const want = Math.min(WINDOW - filled, left)
      const got = readFully(file, buffer.subarray(filled, filled + want))
      left = got < want ? 0 : left - got
      filled += got
      if (filled === 0) break
      const last = left === 0
      const cut = await cutAndClaim(path, stat, { buffer, filled, fileOffset, last }, content)
      buffer = takeBuffer(WINDOW)
      buffer.set(cut.buffer.subarray(cut.used, filled))
      await launch(seal(cut.buffer, { ...cut, together: false }).then((back) => void spare.push(back)))
      fileOffset += cut.used
      filled -= cut.used
      signal.throwIfAborted()
    }
    spare.push(buffer)
    return content
  }

  /** Cuts a window, adds its pieces and holes to the content, and claims those that the vault does not hold. */
  async function cutAndClaim(
    path: BytePath,
    stat: EntryStat,
    window: { buffer: Uint8Array; filled: number; fileOffset: number; last: boolean },
    content: ContentPart[],
  ): Promise<{ members: MemberList; pieces: SealedPiece[]; used: number; buffer: Uint8Array }> {
    const { fileOffset, last } = window
    const job = { buffer: window.buffer, length: window.filled, fileOffset, mode: cutModeFor(path), last }
    const [cut, index] = await Promise.all([workshop.cut(job), parts.index()])
    const members = createMemberList()
    const pieces: SealedPiece[] = []
    let used = 0
    for (let i = 0; i < cut.cuts.length / 3; i += 1) {
      const offset = cut.cuts[i * 3] as number
      const length = cut.cuts[i * 3 + 1] as number
      used = offset + length
      if (cut.cuts[i * 3 + 2] === 1) {
        addHole(content, length)
        continue
      }
      const id = hexId(cut.ids, i)
      const handle = claimNew(index, cut.ids, i * PIECE_ID_BYTES)
      if (handle !== undefined) {
        pieces.push({ id, handle, length })
        members.add(memberOf(`${path}.part/${content.length}-${fileOffset + offset}`, stat, offset, length))
      }
      content.push([id, length])
    }
    return { members, pieces, used, buffer: cut.buffer }
  }

  function readFully(file: OpenFile, into: Uint8Array): number {
    const length = fill(file, into)
    parts.onRead(length)
    return length
  }

  return {
    async store(path, real, stat, settled) {
      if (stat.size > WINDOW) return settled(await storeBig(path, real))
      if (stat.size >= UNCUT) return await storeMiddle(path, real, stat, settled)
      const isSmall = stat.size < SMALL
      const batch = isSmall ? small : single
      const into = { buffer: batch.buffer, offset: batch.used + SPAN_GAP, most: UNCUT - 1 }
      const read = readWhole(real, stat, into)
      if (read.kind === 'unreadable') return settled(read)
      if (read.kind === 'grown') return settled(await storeBig(path, real))
      if (read.length === 0) return settled({ kind: 'stored', stat: read.stat, parts: [], torn: read.torn })
      batch.items.push({ path, settled, ...read })
      batch.used = read.offset + read.length
      batch.raw +=
        TAR_BLOCK + read.length + tarPadding(read.length) + (path.length > 100 ? path.length + 1536 : 0)
      if (batch.used < BATCH_BYTES && batch.raw < BATCH_BYTES) return
      if (isSmall) small = newBatch(true)
      else single = newBatch(false)
      await dispatch(batch)
    },
    async storePiece(name, id, bytes) {
      const handle = claimNew(await parts.index(), id, 0)
      if (handle === undefined) return
      const buffer = new Uint8Array(bytes)
      const members = createMemberList()
      members.add({ name, offset: 0, length: bytes.length, mtimeSeconds: 0, mode: 0o644 })
      const pieces = [{ id: id.toString('hex'), handle, length: bytes.length }]
      await launch(seal(buffer, { members, pieces, together: true, kind: 'meta' }).then(() => undefined))
    },
    async flush() {
      const batches = [small, single]
      small = newBatch(true)
      single = newBatch(false)
      for (const batch of batches) await dispatch(batch)
      await Promise.all(underWay)
      if (failure !== undefined) throw failure.error
    },
  }
}

/** Where a file's bytes go, and how many there may be. */
type ReadPlace = { readonly buffer: Uint8Array; readonly offset: number; readonly most: number }

type ReadWhole =
  | { kind: 'read'; stat: EntryStat; offset: number; length: number; torn: boolean }
  | { kind: 'grown'; stat: EntryStat }
  | { kind: 'unreadable'; problem: string; gone: boolean }

/** Reads until the buffer is full or the file ends. */
function fill(file: OpenFile, into: Uint8Array): number {
  let at = 0
  while (at < into.length) {
    const got = file.readInto(into.subarray(at))
    if (got === 0) break
    at += got
  }
  return at
}

function sameFile(before: EntryStat, after: EntryStat): boolean {
  return before.size === after.size && before.mtimeNs === after.mtimeNs && before.ctimeNs === after.ctimeNs
}

/** True when what was seen is the very file that was read, and nothing of it has changed. */
function sameEntry(seen: EntryStat, read: EntryStat): boolean {
  return (
    read.kind === 'file' &&
    sameFile(seen, read) &&
    seen.ino === read.ino &&
    seen.dev === read.dev &&
    seen.mode === read.mode &&
    seen.uid === read.uid &&
    seen.gid === read.gid &&
    seen.nlink === read.nlink &&
    seen.allocated === read.allocated
  )
}

function memberOf(name: BytePath, stat: EntryStat, offset: number, length: number): Member {
  const mtimeSeconds = Number(stat.mtimeNs / 1_000_000_000n)
  return { name, offset, length, mtimeSeconds, mode: (stat.mode & 0o777) | 0o600 }
}

/** Adds a hole, growing the one before it: windows end anywhere, holes don't. */
function addHole(content: ContentPart[], length: number): void {
  const before = content[content.length - 1]
  if (before !== undefined && before[0] === 0) content[content.length - 1] = [0, before[1] + length]
  else content.push([0, length])
}

function hexId(ids: Uint8Array, i: number): string {
  return Buffer.from(ids.buffer, ids.byteOffset + i * PIECE_ID_BYTES, PIECE_ID_BYTES).toString('hex')
}
