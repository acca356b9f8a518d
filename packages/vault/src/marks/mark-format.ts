import { HoldfastError, WriterId } from '@holdfast/domain'
import { z } from 'zod'
import { openSealedJson, sealJson } from '../snapshot/sealed-json.ts'

/**
 * A mark says something about objects that can't be changed. `doomed`: they will be deleted after the grace, and count
 * as absent until then. `swept`: snapshots that were deleted on purpose, so that gaps in a chain are explained.
 * `quarantined`: damaged objects that a repair set aside. `withdrawn`: a run takes its own snapshot back.
 */
export const MarkBody = z.object({
  format: z.literal('holdfast-mark'),
  version: z.literal(1),
  vault: z.string(),
  /** Who wrote it. */
  installation: z.string(),
  time: z.iso.datetime(),
  kind: z.enum(['doomed', 'swept', 'quarantined', 'withdrawn']),
  /** A doomed object is not deleted before `time` and this many milliseconds. */
  graceMs: z.number().int().nonnegative(),
  /** Keys of objects, each below v1/. */
  snapshots: z.array(z.string()),
  indexes: z.array(z.string()),
  packs: z.array(z.string()),
  /** Sequence numbers by writer, as ranges with both ends. */
  swept: z.array(
    z.tuple([WriterId, z.array(z.tuple([z.number().int().positive(), z.number().int().positive()]))]),
  ),
})
export type MarkBody = z.infer<typeof MarkBody>
export type MarkKind = MarkBody['kind']

/** A mark as read. */
export type Mark = { readonly key: string; readonly body: MarkBody }

const MAX_MARK_RAW = 64 * 1024 * 1024

/** `marks/<utc>-<8hex>.mark`. */
export function markKey(time: Date, tag: string): string {
  const utc = time
    .toISOString()
    .replace(/[-:]|\.\d+/g, '')
    .toLowerCase()
  return `marks/${utc}-${tag}.mark`
}

export function isMarkKey(key: string): boolean {
  return /^marks\/[0-9]{8}t[0-9]{6}z-[0-9a-f]{8}\.mark$/.test(key)
}

export function writeMark(key: string, body: MarkBody, macKey: Uint8Array): Uint8Array {
  return sealJson(key, JSON.stringify(body), macKey)
}

/** Reads and verifies a mark. VAULT_DAMAGED when its MAC does not cover these bytes under this key. */
export function readMark(key: string, bytes: Uint8Array, macKey: Uint8Array): MarkBody {
  const json = openSealedJson(key, bytes, macKey, { what: 'mark', maxRaw: MAX_MARK_RAW })
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    value = undefined // the shape below says that it is none
  }
  const body = MarkBody.safeParse(value)
  if (body.success) return body.data
  throw new HoldfastError('VAULT_DAMAGED', `The mark ${key} has an unknown shape.`, { cause: body.error })
}
