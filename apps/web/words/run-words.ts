import { assertNever, formatDuration } from '@holdfast/domain'
import type { FinishedRun, Progress, Run } from '#web/trpc/types.ts'
import { countOf } from './locale.ts'

type Outcome = FinishedRun['outcome']

/** One word for an outcome. */
export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  complete: 'Complete',
  incomplete: 'Incomplete',
  failed: 'Failed',
  cancelled: 'Stopped',
  interrupted: 'Interrupted',
  skipped: 'Skipped',
}

/** What a running backup does now. */
export const PHASE_WORDS: Readonly<Record<Progress['phase'], string>> = {
  starting: 'Getting ready.',
  scanning: 'Checking, packing and sending.',
  committing: 'Writing the snapshot.',
  proving: 'Restoring one file and comparing it.',
  finishing: 'Finishing.',
}

/** Who or what started a run, to follow "started". */
export const TRIGGER_WORDS: Readonly<Record<Run['trigger'], string>> = {
  schedule: 'by its schedule',
  'catch-up': 'to catch up after the machine was off',
  retry: 'again after a failure',
  device: 'by hand',
  cli: 'from the command line',
  demo: 'by the demo',
}

/** The headline of a finished run. */
export function outcomeSentence(run: FinishedRun, plan: string): string {
  switch (run.outcome) {
    case 'complete':
      return `${plan} is backed up.`
    case 'incomplete':
      if (run.reason?.code === 'HOOK_FAILED')
        return 'The files are backed up, but something before or after them failed.'
      return run.summary === null
        ? `${plan} is backed up in part.`
        : `Backed up, except ${countOf(run.summary.filesSkipped, 'file')}.`
    case 'failed':
      return `${plan} was not backed up.`
    case 'cancelled':
      return 'This run was stopped.'
    case 'interrupted':
      return 'This run was interrupted.'
    case 'skipped':
      return 'This run was skipped.'
    default:
      return assertNever(run.outcome)
  }
}

/** How far a run is from 0 to 1, undefined while it can't be told. Never 1 before the run has ended. */
export function progressShare(progress: Progress): number | undefined {
  const { bytesDone, bytesTotal, filesDone, filesTotal } = progress
  if (progress.phase !== 'starting' && progress.phase !== 'scanning') return 0.99
  if (bytesTotal !== null && bytesTotal > 0) return Math.min(0.99, bytesDone / bytesTotal)
  if (filesTotal !== null && filesTotal > 0) return Math.min(0.99, filesDone / filesTotal)
  return undefined
}

/** The time left, rounded as people say it: `about 2 min left`. */
export function etaWords(etaSeconds: number | null): string | undefined {
  if (etaSeconds === null) return undefined
  if (etaSeconds < 10) return 'a few seconds left'
  if (etaSeconds < 45) return `about ${Math.ceil(etaSeconds / 10) * 10} s left`
  return `about ${formatDuration(Math.round(etaSeconds / 60) * 60_000)} left`
}
