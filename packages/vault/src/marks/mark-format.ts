import { HoldfastError, WriterId } from '@holdfast/domain'
import { z } from 'zod'
import { parseBoundedJson } from '../pack/parse-bounded-json.ts'
import { listOf } from '../snapshot/list-of.ts'
import { openSealedJson, sealJson } from '../snapshot/sealed-json.ts'
import { MAX_SEQ } from '../snapshot/snapshot-format.ts'

const SEQ = z.number().int().positive().max(MAX_SEQ)

/**
 * A mark says something about objects that can't be changed. `doomed`: they will be deleted after the grace, and count
 * as absent until then. `swept`: snapshots that were deleted on purpose, so that gaps in a chain are explained, and
 * deleted packs that a snapshot which stays still names.
 * `quarantined`: damaged objects that a repair set aside. `withdrawn`: a run takes its own snapshot back.
 * `accepted`: somebody has looked at a suspect snapshot and found it right.
 */
export const MarkBody = z.object({
  format: z.literal('holdfast-mark'),
  version: z.literal(1),
  vault: z.string(),
  /** Who wrote it. */
  installation: z.string(),
  time: z.iso.datetime(),
  kind: z.enum(['doomed', 'swept', 'quarantined', 'withdrawn', 'accepted']),
  /** A doomed object is not deleted before `time` and this many milliseconds. */
  graceMs: z.number().int().nonnegative(),
  /** Keys of objects, each below v1/. */
  snapshots: listOf(z.string()),
  indexes: listOf(z.string()),
  packs: listOf(z.string()),
  /** Sequence numbers by writer, as ranges with both ends. */
  swept: listOf(z.tuple([WriterId, listOf(z.tuple([SEQ, SEQ]))])),
})
export type MarkBody = z.infer<typeof MarkBody>

/** A mark as read. */
export type Mark = { readonly key: string; readonly body: MarkBody }

const MAX_MARK_RAW = 32 * 1024 * 1024
const MAX_MARK_VALUES = 1_000_000

/** `marks/<utc>-<8hex>.mark`. */
export function markKey(time: Date, tag: string): string {
  const utc = time
    .toISOString()
    .replace(/[-:]|\.\d+/g, '')
    .toLowerCase()
  return `marks/${utc}-${tag}.mark`
}

/** True when both are attempts to put one mark: they differ in the last two digits of their names alone. */
export function isSameMark(key: string, other: string): boolean {
  const end = -'00.mark'.length
  return isMarkKey(key) && isMarkKey(other) && key.slice(0, end) === other.slice(0, end)
}

export function isMarkKey(key: string): boolean {
  return /^marks\/[0-9]{8}t[0-9]{6}z-[0-9a-f]{8}\.mark$/.test(key)
}

export function writeMark(key: string, body: MarkBody, macKey: Uint8Array): Uint8Array {
  const json = JSON.stringify(body)
  if (Buffer.byteLength(json) > MAX_MARK_RAW)
    throw new HoldfastError('INTERNAL', `The mark ${key} would be too big to be read again.`)
  return sealJson(key, json, macKey)
}

/** Reads and verifies a mark. VAULT_DAMAGED when its MAC does not cover these bytes under this key. */
export function readMark(key: string, bytes: Uint8Array, macKey: Uint8Array): MarkBody {
  const json = openSealedJson(key, bytes, macKey, { what: 'mark', maxRaw: MAX_MARK_RAW })
  let value: unknown
  try {
    value = parseBoundedJson(json, MAX_MARK_VALUES)
  } catch {
    value = undefined // the shape below says that it is none
  }
  const body = MarkBody.safeParse(value)
  if (body.success) return body.data
  throw new HoldfastError('VAULT_DAMAGED', `The mark ${key} has an unknown shape.`, { cause: body.error })
}
