import { z } from 'zod'
import { Hooks } from './hooks.ts'
import { KeepRules } from './retention.ts'
import { VaultPlace } from './vault-place.ts'

/** What a plan may say beside what, where and when. Each has a default, so that older plans stay readable. */
export const PlanOptions = z.object({
  /** Which snapshots a prune keeps; null keeps all. */
  keep: KeepRules.nullable().default(null),
  /** After a run that failed by something that may pass: how often to try again, and when first, doubling. */
  retry: z
    .object({ times: z.int().min(0).max(10), firstMinutes: z.int().min(1).max(1440) })
    .default({ times: 2, firstMinutes: 10 }),
  /** False waits for mains power. */
  onBattery: z.boolean().default(true),
  /** False waits while the connection is metered. Where the system does not say, it is not. */
  onMetered: z.boolean().default(true),
  /** How often a sample is restored and compared, after a run. */
  drill: z.object({ every: z.enum(['never', 'week', 'month']) }).default({ every: 'month' }),
  /** Where second copies of its vault are kept: brought up to date after each run. */
  copies: z.array(VaultPlace).max(4, 'At most four copies.').default([]),
  /** What happens before and after each run. */
  hooks: Hooks.default([]),
})
export type PlanOptions = z.infer<typeof PlanOptions>
