import { assertNever, type HoldfastError, type Outcome } from '@holdfast/domain'

/** The promise to scripts (design: "CLI"). */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  incomplete: 3,
  locked: 4,
  agentUnreachable: 5,
  notAllowed: 6,
  cancelled: 130,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

export function exitCodeOf(error: HoldfastError): ExitCode {
  switch (error.code) {
    case 'USAGE':
    case 'INPUT_INVALID':
      return EXIT.usage
    case 'LOCKED':
    case 'PASSPHRASE_MISSING':
      return EXIT.locked
    case 'AGENT_UNREACHABLE':
      return EXIT.agentUnreachable
    case 'NOT_PAIRED':
    case 'NOT_ALLOWED':
    case 'STEP_UP_NEEDED':
      return EXIT.notAllowed
    case 'CANCELLED':
      return EXIT.cancelled
    default:
      return EXIT.failed
  }
}

/** Of a run that has ended. */
export function exitCodeOfOutcome(outcome: Outcome): ExitCode {
  switch (outcome) {
    case 'complete':
    case 'skipped':
      return EXIT.ok
    case 'incomplete':
      return EXIT.incomplete
    case 'cancelled':
      return EXIT.cancelled
    case 'failed':
    case 'interrupted':
      return EXIT.failed
    default:
      return assertNever(outcome)
  }
}
