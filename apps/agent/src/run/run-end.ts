import { assertNever, ERRORS, type FinishedRun, isHoldfastError, toHoldfastError } from '@holdfast/domain'
import type { RunEnd } from '@holdfast/history'
import type { EngineEvent } from './engine-messages.ts'

/** How the engine ended: its last word, or how its process ended without one. */
export type LastWord =
  | { readonly kind: 'said'; readonly event: Extract<EngineEvent, { type: 'backed-up' | 'failed' }> }
  | { readonly kind: 'died'; readonly how: string }

/** Why a run was aborted: somebody cancelled it, or the agent is being stopped. Used as the signal's reason. */
export class RunStopped extends Error {
  override readonly name = 'AbortError'
  readonly kind: 'cancelled' | 'interrupted'
  /** How long the engine may take to tidy up before it is killed. */
  readonly killAfterMs: number

  constructor(kind: 'cancelled' | 'interrupted', message: string, killAfterMs: number) {
    super(message)
    this.kind = kind
    this.killAfterMs = killAfterMs
  }
}

type Circumstances = { readonly signal: AbortSignal; readonly finishedAt: Date }

/** What a run's end is, from the engine's last word. A snapshot that was made counts, also after a late cancel. */
export function endOfRun(last: LastWord, { signal, finishedAt }: Circumstances): RunEnd {
  switch (last.kind) {
    case 'died':
      return signal.aborted ? stoppedEnd(signal, finishedAt) : diedEnd(last.how, finishedAt)
    case 'said':
      break
    default:
      return assertNever(last)
  }
  const { event } = last
  if (event.type === 'failed') {
    if (signal.aborted) return stoppedEnd(signal, finishedAt)
    return { outcome: 'failed', summary: null, reason: event.failure, proof: null, finishedAt }
  }
  const { summary, proof } = event
  const reason: FinishedRun['reason'] =
    summary.suspect !== null
      ? { code: 'SOURCE_SUSPECT', message: summary.suspect, next: ERRORS.SOURCE_SUSPECT.next }
      : summary.outcome === 'complete'
        ? null
        : {
            code: 'SOURCE_UNREADABLE',
            message:
              summary.filesSkipped === 1
                ? '1 file could not be read.'
                : `${summary.filesSkipped} files could not be read.`,
            next: 'Look at the log of this run for their names.',
          }
  return { outcome: summary.outcome, summary, reason, proof, finishedAt }
}

/**
 * The end of a run some of whose hooks failed: its snapshot is there, but not all that was wanted. A worse end, or
 * another reason, stays what it is.
 */
export function endWithHooks(end: RunEnd, failed: readonly string[]): RunEnd {
  const [first] = failed
  if (first === undefined || end.outcome !== 'complete' || end.reason !== null) return end
  const more = failed.length === 1 ? '' : ` ${failed.length - 1} more failed.`
  const reason = { code: 'HOOK_FAILED', message: `${first}${more}`, next: ERRORS.HOOK_FAILED.next }
  return { ...end, outcome: 'incomplete', reason }
}

/** The end of a run that never got as far as its engine. */
export function failedEnd(error: unknown, { signal, finishedAt }: Circumstances): RunEnd {
  if (signal.aborted) return stoppedEnd(signal, finishedAt)
  const { code, message, next } = toHoldfastError(error)
  return { outcome: 'failed', summary: null, reason: { code, message, next }, proof: null, finishedAt }
}

function stoppedEnd(signal: AbortSignal, finishedAt: Date): RunEnd {
  const why: unknown = signal.reason
  const kind = why instanceof RunStopped ? why.kind : 'cancelled'
  const message = why instanceof Error && !isHoldfastError(why) ? why.message : 'The run was stopped.'
  const next =
    kind === 'cancelled'
      ? 'Start again when you like; earlier snapshots are untouched.'
      : 'The next run continues where this one ended.'
  const code = kind === 'cancelled' ? 'CANCELLED' : 'ENGINE_DIED'
  return { outcome: kind, summary: null, reason: { code, message, next }, proof: null, finishedAt }
}

function diedEnd(how: string, finishedAt: Date): RunEnd {
  const reason = {
    code: 'ENGINE_DIED',
    message: `The backup engine stopped in the middle: it ${how}.`,
    next: 'The next run continues where this one ended.',
  }
  return { outcome: 'interrupted', summary: null, reason, proof: null, finishedAt }
}
