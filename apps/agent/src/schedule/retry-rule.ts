import { ERRORS, type ErrorCode, MINUTE_MS, type PlanOptions, type Run } from '@holdfast/domain'

/**
 * When a plan is tried again after a run: undefined when the run did not fail, was started by hand, when trying again
 * can't help, or when it was tried often enough. `failures` counts the runs that failed one after the other, this one included; each wait is
 * twice the one before.
 */
export function retryAt(
  run: Run | undefined,
  { failures, retry, now }: { failures: number; retry: PlanOptions['retry']; now: Date },
): Date | undefined {
  if (run?.state !== 'finished' || (run.outcome !== 'failed' && run.outcome !== 'interrupted'))
    return undefined
  if (!BY_ITSELF.has(run.trigger)) return undefined
  const code = run.reason?.code
  if (code === undefined || !(code in ERRORS) || !ERRORS[code as ErrorCode].retryable) return undefined
  if (failures > retry.times) return undefined
  return new Date(now.getTime() + retry.firstMinutes * MINUTE_MS * 2 ** (failures - 1))
}

const BY_ITSELF: ReadonlySet<Run['trigger']> = new Set(['schedule', 'catch-up', 'retry'])
