import { HoldfastError, type SnapshotId } from '@holdfast/domain'
import { openWorkshop, type Workshop } from './pack/workshop.ts'
import { createPieceFetcher, type PieceFetcher } from './restore/piece-fetcher.ts'
import { fromBytePath, toBytePath } from './scan/path-order.ts'
import { pathToText } from './scan/path-text.ts'
import { entryAt } from './snapshot/entry-at.ts'
import { createLeafReader, type LeafReader } from './snapshot/leaf.ts'
import { type ContentPart, type Entry, parseContentList } from './snapshot/manifest-line.ts'
import { findSnapshot } from './snapshot/read-snapshots.ts'
import type { EngineEnv } from './vault/create-vault.ts'
import type { OpenedVault } from './vault/open-vault.ts'

/** `offset` and `length` in bytes; what lies behind the end of the file is left out. */
export type ByteRange = { readonly offset: number; readonly length: number }

/**
 * The bytes of one file, or of a range of it, in order and in chunks of any size; each is verified before it comes, and
 * the next ones are fetched while it is used. Memory is bounded whatever the file's size. Rejects with SNAPSHOT_UNKNOWN,
 * NOTHING_SELECTED (nothing is there, or it could not be read then), INPUT_INVALID (a folder, a link, a device),
 * VAULT_DAMAGED, CANCELLED, REMOTE_*. Leaving the loop early stops the work.
 */
export async function* readFile(
  vault: OpenedVault,
  query: { snapshot: SnapshotId | 'latest'; path: Uint8Array; range?: ByteRange | undefined },
  env: EngineEnv & { threads?: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  const snapshot = await findSnapshot(vault, query.snapshot, env)
  const reader = createLeafReader(vault, env)
  const entry = await entryAt(reader, snapshot, toBytePath(query.path))
  await using workshop = openWorkshop(vault.keys, { threads: env.threads ?? 1 })
  if (entry === undefined)
    throw new HoldfastError(
      'NOTHING_SELECTED',
      `There is nothing at ${pathToText(query.path)} in ${snapshot.id}.`,
    )
  yield* openFileReader({ vault, reader, workshop, snapshot: snapshot.id, entry }, query.range, env)
}

/** The bytes of an entry that was found, see readFile. */
export async function* openFileReader(
  by: {
    readonly vault: OpenedVault
    readonly reader: LeafReader
    readonly workshop: Workshop
    readonly snapshot: SnapshotId
    readonly entry: Entry
  },
  range: ByteRange | undefined,
  env: Pick<EngineEnv, 'signal'>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { vault, reader, workshop, entry } = by
  const name = `${pathToText(fromBytePath(entry.path))} in ${by.snapshot}`
  refuseOthers(entry, name)
  const { offset, length } = range ?? { offset: 0, length: entry.size }
  const end = Math.min(entry.size, offset + length)
  if (offset >= end) return

  const stop = new AbortController()
  const signal = env.signal === undefined ? stop.signal : AbortSignal.any([env.signal, stop.signal])
  await using stack = new AsyncDisposableStack()
  const fetcher = createPieceFetcher({ index: await reader.index(), store: vault.store, workshop, signal })
  let fetching: Promise<Uint8Array[]> | undefined
  stack.defer(async () => {
    stop.abort()
    // What it would have brought, or why not, concerns nobody any more.
    await fetching?.catch(() => undefined)
  })
  for await (const window of windowsOf(partsIn(reader, entry, { offset, end }))) {
    const before = fetching
    const started = fetch(fetcher, window, name)
    // Its failure is met below when its turn comes, not as an unhandled rejection before.
    started.catch(() => undefined)
    fetching = started
    if (before !== undefined) yield* await before
  }
  if (fetching !== undefined) yield* await fetching
}

/** A stretch of the file: `from` to `to` within a piece, or a hole of that many zeros. */
type Stretch = { readonly id: string | 0; readonly piece: number; readonly from: number; readonly to: number }

/** Bytes that are fetched together; the next window is on its way while one is used. */
const WINDOW_BYTES = 8 * 1024 * 1024

function refuseOthers(entry: Entry, name: string): void {
  if (entry.kind !== 'file')
    throw new HoldfastError('INPUT_INVALID', `${name} is ${KIND_WORDS[entry.kind]} and has no bytes.`, {
      next: 'Name a file; `holdfast ls` lists them, and `holdfast restore` brings back everything else.',
    })
  if (entry.problem !== undefined)
    throw new HoldfastError('NOTHING_SELECTED', `${name} could not be read then: ${entry.problem}.`, {
      next: 'Look for another snapshot of it with `holdfast versions`.',
    })
}

const KIND_WORDS: Record<Exclude<Entry['kind'], 'file'>, string> = {
  dir: 'a folder',
  link: 'a link',
  fifo: 'a pipe',
  socket: 'a socket',
  char: 'a device',
  block: 'a device',
}

async function* partsIn(
  reader: LeafReader,
  entry: Entry,
  range: { offset: number; end: number },
): AsyncGenerator<Stretch, void, undefined> {
  let at = 0
  for await (const parts of contentOf(reader, entry)) {
    for (const [id, length] of parts) {
      const from = Math.max(range.offset - at, 0)
      const to = Math.min(range.end - at, length)
      if (from < to) yield { id, piece: length, from, to }
      at += length
      if (at >= range.end) return
    }
  }
}

async function* contentOf(
  reader: LeafReader,
  entry: Entry,
): AsyncGenerator<readonly ContentPart[], void, undefined> {
  if (entry.content !== undefined) yield entry.content
  for (const id of entry.contentLists ?? []) yield parseContentList(await reader.readPiece(id))
}

async function* windowsOf(stretches: AsyncIterable<Stretch>): AsyncGenerator<Stretch[], void, undefined> {
  let window: Stretch[] = []
  let bytes = 0
  for await (const stretch of stretches) {
    if (stretch.id === 0) {
      // A hole may be longer than any memory: it goes by itself, a little at a time.
      if (window.length > 0) yield window
      for (let at = stretch.from; at < stretch.to; at += HOLE_BYTES)
        yield [{ ...stretch, from: at, to: Math.min(stretch.to, at + HOLE_BYTES) }]
      window = []
      bytes = 0
      continue
    }
    window.push(stretch)
    bytes += stretch.piece
    if (bytes < WINDOW_BYTES) continue
    yield window
    window = []
    bytes = 0
  }
  if (window.length > 0) yield window
}

const HOLE_BYTES = 1024 * 1024

async function fetch(fetcher: PieceFetcher, window: readonly Stretch[], name: string): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = []
  let lost: string | undefined
  window.forEach(({ id, piece, from, to }, i) => {
    if (id === 0) {
      pieces[i] = new Uint8Array(to - from)
      return
    }
    fetcher.want({
      id,
      length: piece,
      deliver(bytes, problem) {
        if (bytes === undefined) lost ??= problem ?? 'its content is missing'
        else pieces[i] = bytes.subarray(from, to)
      },
    })
  })
  await fetcher.flush()
  if (lost !== undefined) throw new HoldfastError('VAULT_DAMAGED', `${name} can't be read: ${lost}.`)
  return pieces
}
