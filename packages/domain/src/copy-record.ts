import { z } from 'zod'
import { VaultPlace } from './vault-place.ts'

/** What a home remembers of a second copy of a vault. */
export const CopyRecord = z.object({
  place: VaultPlace,
  /** When the newest copying began. */
  startedAt: z.coerce.date(),
  /** When it ended; null while it is under way, and after Holdfast was stopped in the middle. */
  finishedAt: z.coerce.date().nullable(),
  /** All that lay in the vault at this moment is in the copy; null before the first whole one. */
  completeAt: z.coerce.date().nullable(),
  /** When its structure was last checked as a vault, and found whole. */
  checkedAt: z.coerce.date().nullable(),
  /** Of the newest whole copy. */
  snapshots: z.int().nonnegative(),
  bytes: z.number().nonnegative(),
  /** What went wrong, or what a person should know of the newest copying. */
  problem: z.object({ code: z.string(), message: z.string(), next: z.string() }).nullable(),
})
export type CopyRecord = z.infer<typeof CopyRecord>

/** A second copy as screens show it. */
export type CopyStatus = {
  readonly place: VaultPlace
  /** Undefined before the first time. */
  readonly record: CopyRecord | undefined
  /** Counters while it is under way. */
  readonly running:
    | {
        readonly phase: string
        readonly objectsDone: number
        readonly objectsTotal: number | null
        readonly bytesDone: number
        readonly bytesTotal: number | null
      }
    | undefined
}
