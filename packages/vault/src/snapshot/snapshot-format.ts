import { HoldfastError, SnapshotId, WriterId } from '@holdfast/domain'
import { z } from 'zod'
import { checkPackRow, type PackRow } from '../index/index-format.ts'
import { parseBoundedJson } from '../pack/parse-bounded-json.ts'
import { listOf } from './list-of.ts'
import { openSealedJson, sealJson } from './sealed-json.ts'

/** Ten digits stand in a snapshot's name. */
export const MAX_SEQ = 9_999_999_999

/**
 * A snapshot, the commit object: a run without one never happened. On the remote it is sealed JSON (sealed-json.ts) of
 * the body below; a snapshot under another name, or changed, is no snapshot.
 */
const Leaf = z.tuple([
  /** First and last path of the leaf, as base64 of their bytes. */
  z.string(),
  z.string(),
  /** The piece that holds the leaf's lines, and how many there are. */
  z.string().regex(/^[0-9a-f]{64}$/),
  z.number().int().positive(),
  /** Where the piece lay when the snapshot was written: number in `packs`, frame offset, length, raw length, inner
   * offset, piece length. A hint that saves loading the index; the index has the last word. */
  z.number().int().nonnegative(),
  z.number().int().nonnegative(),
  z.number().int().nonnegative(),
  z.number().int().nonnegative(),
  z.number().int().nonnegative(),
  z.number().int().nonnegative(),
])
export type Leaf = z.infer<typeof Leaf>

export const SnapshotBody = z.object({
  format: z.literal('holdfast-snapshot'),
  version: z.literal(1),
  vault: z.string(),
  writer: WriterId,
  installation: z.string(),
  epoch: z.number().int().positive(),
  seq: z.number().int().positive().max(MAX_SEQ),
  /** SHA-256 of the object of the snapshot before this one in the writer's history; null for the first. */
  previous: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  auditHead: z.string().nullable(),
  kind: z.enum(['run', 'checkpoint']),
  outcome: z.enum(['complete', 'incomplete']),
  suspect: z.boolean(),
  machine: z.string(),
  plan: z.string().nullable(),
  tag: z.string().nullable(),
  started: z.iso.datetime(),
  finished: z.iso.datetime(),
  /** When the walk began, in ns, by the clock that stamps files: files changed from then on are read again. */
  scanStartedNs: z.string().regex(/^-?[0-9]{1,20}$/),
  labels: listOf(z.object({ label: z.string(), path: z.string() })),
  files: z.number().int().nonnegative(),
  dirs: z.number().int().nonnegative(),
  bytes: z.number().int().nonnegative(),
  bytesRead: z.number().int().nonnegative(),
  bytesStored: z.number().int().nonnegative(),
  skipped: z.number().int().nonnegative(),
  packs: listOf(z.string()),
  leaves: listOf(Leaf),
  /** Index rows of this run's packs when they are few; otherwise they are in index objects. */
  index: z.array(z.unknown()),
})
export type SnapshotBody = z.infer<typeof SnapshotBody>

/** A snapshot as read: its key, its body, its index rows, and the hash of the whole object. */
export type Snapshot = {
  readonly key: string
  readonly id: SnapshotId
  readonly body: SnapshotBody
  readonly rows: readonly PackRow[]
  readonly sha256: string
}

/** A leaf table of a hundred million files takes less. */
const MAX_SNAPSHOT_RAW = 16 * 1024 * 1024
const MAX_SNAPSHOT_VALUES = 2_000_000

/** `snaps/<writer>/<seq>-<utc>-<attempt>.snap`. */
export function snapshotKey(writer: WriterId, seq: number, time: Date, attempt: string): string {
  if (seq > MAX_SEQ)
    throw new HoldfastError('VAULT_DAMAGED', `The sequence numbers of ${writer} are used up.`)
  const utc = time
    .toISOString()
    .replace(/[-:]|\.\d+/g, '')
    .toLowerCase()
  return `snaps/${writer}/${String(seq).padStart(10, '0')}-${utc}-${attempt}.snap`
}

/** Writer and sequence number of a snapshot's key; undefined when it is not one. */
export function parseSnapshotKey(key: string): { writer: WriterId; seq: number; id: SnapshotId } | undefined {
  const match = /^snaps\/([0-9a-f]{8})\/([0-9]{10})-[0-9]{8}t[0-9]{6}z-[0-9a-f]{4}\.snap$/.exec(key)
  if (match === null) return undefined
  const seq = Number(match[2])
  if (seq === 0) return undefined
  return { writer: WriterId.parse(match[1]), seq, id: SnapshotId.parse(`${match[1]}-${seq}`) }
}

export function writeSnapshot(key: string, body: SnapshotBody, macKey: Uint8Array): Uint8Array {
  const json = JSON.stringify(body)
  if (Buffer.byteLength(json) > MAX_SNAPSHOT_RAW)
    throw new HoldfastError('INTERNAL', `The snapshot ${key} would be too big to be read again.`)
  return sealJson(key, json, macKey)
}

/** Reads and verifies a snapshot. VAULT_DAMAGED when its MAC does not cover these bytes under this key. */
export function readSnapshot(key: string, bytes: Uint8Array, macKey: Uint8Array): SnapshotBody {
  const json = openSealedJson(key, bytes, macKey, { what: 'snapshot', maxRaw: MAX_SNAPSHOT_RAW })
  const body = SnapshotBody.safeParse(parseJson(json))
  if (body.success) return body.data
  throw new HoldfastError('VAULT_DAMAGED', `The snapshot ${key} has an unknown shape.`, { cause: body.error })
}

/** The body's inline index rows, checked. */
export function snapshotRows(body: SnapshotBody): PackRow[] {
  return body.index.map(checkPackRow)
}

function parseJson(text: string): unknown {
  try {
    return parseBoundedJson(text, MAX_SNAPSHOT_VALUES)
  } catch {
    return undefined // the caller says what it is not
  }
}
