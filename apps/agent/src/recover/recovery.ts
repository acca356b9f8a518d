import { PathMapping, PlanId, VaultId, WriterId } from '@holdfast/domain'
import type { History } from '@holdfast/history'
import { z } from 'zod'

/** What was recovered into this home. */
export const Recovery = z.object({
  vault: VaultId,
  writer: WriterId,
  machine: z.string(),
  how: z.enum(['read-only', 'take-over']),
  mappings: z.array(PathMapping),
  /** Plans that ran on the old machine and were not resumed here yet. */
  waiting: z.array(PlanId),
  /** Other vaults of its plans that were opened since with their own passphrases. */
  unlocked: z.array(VaultId).default([]),
  at: z.coerce.date(),
})
export type Recovery = z.infer<typeof Recovery>

const KEY = 'recovery'

/** Undefined in a home that was set up. */
export function readRecovery({ settings }: Pick<History, 'settings'>): Promise<Recovery | undefined> {
  return settings.get(KEY, Recovery)
}

export function writeRecovery(
  { settings }: Pick<History, 'settings'>,
  recovery: Recovery,
  now: Date,
): Promise<void> {
  return settings.set(KEY, recovery, now)
}
