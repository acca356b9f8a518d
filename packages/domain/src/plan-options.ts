import { z } from 'zod'
import { KeepRules } from './retention.ts'

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
})
export type PlanOptions = z.infer<typeof PlanOptions>
