import type { Preview, PreviewQuery, Shown } from '@holdfast/api'
import { HoldfastError, type SnapshotId, type WriterId } from '@holdfast/domain'
import {
  type EngineEnv,
  listEntries,
  listSnapshots,
  type OpenedVault,
  readFile,
  textToPath,
} from '@holdfast/vault'
import { type LiveFile, readLiveFile } from './live-file.ts'
import { shownAs } from './shown.ts'

const TEXT_BYTES = 512 * 1024
const PICTURE_BYTES = 24 * 1024 * 1024

type Opened = { readonly vault: OpenedVault; readonly env: EngineEnv; readonly writer: WriterId }

/** A file of a snapshot beside the one that is at its place now, as far as they can be shown. */
export async function previewFile(query: PreviewQuery, opened: Opened): Promise<Preview> {
  const size = await sizeOf(query, opened)
  if (typeof size !== 'number') return { kept: size, now: { kind: 'elsewhere' } }
  const kept = { size, bytes: await head(query, opened, size) }
  const shown = shownOf(kept, sourceOf(query, { now: false }))
  const place = await livePlace(query, opened)
  if (place === undefined) return { kept: shown, now: { kind: 'elsewhere' } }
  let live: LiveFile | undefined
  try {
    live = await readLiveFile(place.source, place.below, { atMost: kept.bytes.length + 1 })
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    return { kept: shown, now: { kind: 'none', reason: error.message, size: null } }
  }
  if (live === undefined) return { kept: shown, now: { kind: 'missing' } }
  const isWhole = kept.bytes.length === kept.size
  if (isWhole && live.size === kept.size && Buffer.compare(live.bytes, kept.bytes) === 0)
    return { kept: shown, now: { kind: 'same' } }
  const atMost = live.size <= PICTURE_BYTES ? live.size : TEXT_BYTES
  const full = (await readLiveFile(place.source, place.below, { atMost })) ?? live
  return { kept: shown, now: shownOf(full, sourceOf(query, { now: true })) }
}

/** The bytes of a picture of the snapshot, or of what is at its place now. NOTHING_SELECTED when it is none. */
export async function pictureOf(
  query: PreviewQuery & { now: boolean },
  opened: Opened,
): Promise<{ type: string; bytes: Uint8Array }> {
  const bytes = query.now ? await liveBytes(query, opened) : await storedBytes(query, opened)
  const shown = bytes === undefined ? undefined : shownAs(bytes, { cut: false })
  if (bytes === undefined || shown?.kind !== 'image')
    throw new HoldfastError('NOTHING_SELECTED', 'There is no picture that can be shown.')
  return { type: shown.type, bytes }
}

async function storedBytes(query: PreviewQuery, opened: Opened): Promise<Uint8Array | undefined> {
  const size = await sizeOf(query, opened)
  return typeof size === 'number' && size <= PICTURE_BYTES ? await head(query, opened, size) : undefined
}

async function liveBytes(query: PreviewQuery, opened: Opened): Promise<Uint8Array | undefined> {
  const place = await livePlace(query, opened)
  if (place === undefined) return undefined
  const live = await readLiveFile(place.source, place.below, { atMost: PICTURE_BYTES })
  return live?.bytes.length === live?.size ? live?.bytes : undefined
}

/** Bytes of the file, or why nothing of it can be shown. */
async function sizeOf({ snapshot, path }: PreviewQuery, { vault, env }: Opened): Promise<number | Shown> {
  for await (const entry of listEntries(vault, { snapshot, path: textToPath(path), recursive: false }, env)) {
    if (entry.problem !== undefined)
      return { kind: 'none', reason: `It could not be read then: ${entry.problem}.`, size: null }
    if (entry.kind === 'file') return entry.size
    return { kind: 'none', reason: `It is a ${entry.kind === 'dir' ? 'folder' : entry.kind}.`, size: null }
  }
  throw new HoldfastError('NOTHING_SELECTED', `There is nothing at ${path} in ${snapshot}.`)
}

/** All of it when it may be a picture, else as much as is shown of a text. */
async function head(query: PreviewQuery, opened: Opened, size: number): Promise<Uint8Array> {
  const first = await bytesOf(query, opened, Math.min(size, TEXT_BYTES))
  const isPicture = shownAs(first, { cut: true }).kind === 'image'
  return isPicture && size > first.length && size <= PICTURE_BYTES
    ? await bytesOf(query, opened, size)
    : first
}

async function bytesOf(
  { snapshot, path }: PreviewQuery,
  { vault, env }: Opened,
  length: number,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  const range = { offset: 0, length }
  for await (const part of readFile(
    vault,
    { snapshot, path: textToPath(path), range },
    { ...env, threads: 0 },
  ))
    parts.push(part)
  return Buffer.concat(parts)
}

function shownOf({ size, bytes }: LiveFile, source: string): Shown {
  const part = bytes.subarray(0, TEXT_BYTES)
  const cut = part.length < size
  const shown = shownAs(part, { cut })
  switch (shown.kind) {
    case 'text':
      return { ...shown, cut, size }
    case 'image':
      return size > PICTURE_BYTES
        ? { kind: 'none', reason: 'The picture is too large to be shown here.', size }
        : { ...shown, source, size }
    case 'none':
      return { kind: 'none', reason: 'It is neither text nor a picture that can be shown here.', size }
    default:
      return shown satisfies never
  }
}

function sourceOf({ planId, snapshot, path }: PreviewQuery, { now }: { now: boolean }): string {
  return `/api/picture?${new URLSearchParams({ plan: planId, snapshot, path, ...(now && { now: '1' }) })}`
}

/** Where the file would be on this machine; undefined when the snapshot is another machine's. */
async function livePlace(
  { snapshot, path }: { snapshot: SnapshotId; path: string },
  { vault, env, writer }: Opened,
): Promise<{ source: string; below: string } | undefined> {
  const all = await listSnapshots(vault, env, { all: true })
  const found = all.find(({ id }) => id === snapshot)
  if (found?.writer !== writer) return undefined
  const label = path.split('/', 1)[0] ?? ''
  const source = found.sources.find((one) => one.label === label)?.path
  // A name that is no UTF-8 stands here as an escape, and is no path that Node could be given.
  if (source === undefined || /\\x[0-9a-f]{2}/.test(path)) return undefined
  return { source, below: path.slice(label.length + 1) }
}
