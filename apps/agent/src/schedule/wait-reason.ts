import type { FinishedRun, PlanOptions } from '@holdfast/domain'

/** What a plan may wait for the end of. */
export type Condition = 'ON_BATTERY' | 'ON_METERED'

/** How this machine is connected to power and network at a moment; each is asked only when a plan minds it. */
export type Surroundings = {
  readonly onBattery: () => boolean
  readonly onMetered: () => Promise<boolean>
}

/** The condition that keeps a plan from running now; undefined when none does. Battery is said first. */
export async function conditionOf(
  { onBattery, onMetered }: Pick<PlanOptions, 'onBattery' | 'onMetered'>,
  around: Surroundings,
): Promise<Condition | undefined> {
  if (!onBattery && around.onBattery()) return 'ON_BATTERY'
  if (!onMetered && (await around.onMetered())) return 'ON_METERED'
  return undefined
}

/** Why a due time's run waits, in the words of a run's reason. */
export function waitReason(condition: Condition): NonNullable<FinishedRun['reason']> {
  return { code: condition, ...REASONS[condition] }
}

/** True for the code of a run that waits for the end of a condition. */
export function isCondition(code: string | undefined): code is Condition {
  return code !== undefined && code in REASONS
}

const REASONS = {
  ON_BATTERY: {
    message: 'The machine ran on battery.',
    next: 'It runs as soon as there is mains power.',
  },
  ON_METERED: {
    message: 'The connection was metered.',
    next: 'It runs as soon as the connection is not metered any more.',
  },
} as const satisfies Record<Condition, { message: string; next: string }>
