import {
  ERRORS,
  type ErrorCode,
  type FinishedRun,
  MINUTE_MS,
  type PlanOptions,
  type Run,
} from '@holdfast/domain'
import { isCondition } from './wait-reason.ts'

/**
 * When a plan is tried again after a run: undefined when the run did not fail, was started by hand, when trying again
 * can't help, or when it was tried often enough. `failures` counts the runs that failed one after the other, this one included; each wait is
 * twice the one before.
 */
export function retryAt(
  run: Run | undefined,
  { failures, retry, now }: { failures: number; retry: PlanOptions['retry']; now: Date },
): Date | undefined {
  if (run?.state !== 'finished' || !failedByItself(run)) return undefined
  const code = run.reason?.code
  if (code === undefined || !(code in ERRORS) || !ERRORS[code as ErrorCode].retryable) return undefined
  if (failures > retry.times) return undefined
  return new Date(now.getTime() + retry.firstMinutes * MINUTE_MS * 2 ** (failures - 1))
}

/** How often a plan failed one time after the other, and when it is tried again. */
export type Failing = { readonly failures: number; readonly retryAt: Date | undefined }

/**
 * What an agent that starts can tell from a plan's finished runs, newest first: a retry that is still to come, or a
 * due time that waits for the end of a condition (tried again at once). Undefined when there is nothing to do.
 */
export function failingFrom(runs: readonly Run[], retry: PlanOptions['retry']): Failing | undefined {
  const finished = runs.filter((run) => run.state === 'finished')
  const [newest] = finished
  if (newest === undefined) return undefined
  if (newest.outcome === 'skipped' && isCondition(newest.reason?.code))
    return { failures: 0, retryAt: newest.finishedAt }
  // A due time that came while another run went on says nothing about how that one ended.
  const tried = finished.filter(({ outcome }) => outcome !== 'skipped')
  const firstOther = tried.findIndex((run) => !failedByItself(run))
  const failures = firstOther === -1 ? tried.length : firstOther
  const [last] = tried
  if (last === undefined || failures === 0) return undefined
  const at = retryAt(last, { failures, retry, now: last.finishedAt })
  return at === undefined ? undefined : { failures, retryAt: at }
}

function failedByItself({ outcome, trigger }: FinishedRun): boolean {
  return (outcome === 'failed' || outcome === 'interrupted') && BY_ITSELF.has(trigger)
}

const BY_ITSELF: ReadonlySet<Run['trigger']> = new Set(['schedule', 'catch-up', 'retry'])
