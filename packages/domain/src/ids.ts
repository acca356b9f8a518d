import { z } from 'zod'

/**
 * Branded ids. A string becomes an id only by one of these schemas, at an edge; inside, the type is trusted.
 */
const uuidLike = /^[0-9a-z][0-9a-z-]{0,63}$/

export const PlanId = z.string().regex(uuidLike).brand<'PlanId'>()
export type PlanId = z.infer<typeof PlanId>

export const RunId = z.string().regex(uuidLike).brand<'RunId'>()
export type RunId = z.infer<typeof RunId>

export const VaultId = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .brand<'VaultId'>()
export type VaultId = z.infer<typeof VaultId>

export const DeviceId = z.string().regex(uuidLike).brand<'DeviceId'>()
export type DeviceId = z.infer<typeof DeviceId>

/** A machine's history of snapshots inside a vault: 8 hex digits, drawn at random once per machine. */
export const WriterId = z
  .string()
  .regex(/^[0-9a-f]{8}$/)
  .brand<'WriterId'>()
export type WriterId = z.infer<typeof WriterId>

/** `<writer>-<sequence>`, as people type it: `3fa9c2d1-12`. */
export const SnapshotId = z
  .string()
  .regex(/^[0-9a-f]{8}-[1-9][0-9]{0,9}$/)
  .brand<'SnapshotId'>()
export type SnapshotId = z.infer<typeof SnapshotId>
