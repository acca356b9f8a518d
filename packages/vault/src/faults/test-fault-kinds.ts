import { assertNever, type ErrorCode, HoldfastError } from '@holdfast/domain'
import { type Fault, faultFits, type StoreCall } from '@holdfast/testkit'

/** What may go wrong with single calls, and how a verb may then end besides well. */
export const SINGLE_FAULTS: readonly Fault[] = [
  { kind: 'error-before' },
  { kind: 'error-after' },
  { kind: 'error-before', error: new HoldfastError('REMOTE_DENIED', 'Scripted fault: denied once.') },
  { kind: 'truncate', keep: 10, reports: 'success' },
  { kind: 'truncate', keep: 10, reports: 'error' },
  { kind: 'vanish' },
  { kind: 'flip', at: 40 },
  { kind: 'flip', at: -1 },
  { kind: 'duplicate', calls: 0 },
  { kind: 'duplicate', calls: 3 },
  { kind: 'delayed', calls: 1 },
  { kind: 'delayed', calls: 6 },
  { kind: 'stale-list', calls: 6 },
  { kind: 'wrong-range' },
  { kind: 'slow', calls: 4 },
  { kind: 'hang' },
]

/** What goes wrong from one call on, for good. */
export const LASTING_FAULTS: readonly Fault[] = [
  { kind: 'error-before' },
  { kind: 'error-after' },
  { kind: 'vanish' },
  { kind: 'quota', bytes: 0 },
  { kind: 'denied' },
  { kind: 'hang' },
]

/** Whether a fault strikes a call, once at `at` or from there on. */
export function strikes(fault: Fault, call: StoreCall, when: { at: number; lasting: boolean }): boolean {
  const due = when.lasting ? call.number >= when.at : call.number === when.at
  return due && faultFits(fault.kind, call.method)
}

/** The codes with which a verb may end under a fault. */
export function fittingCodes(fault: Fault): readonly ErrorCode[] {
  switch (fault.kind) {
    case 'error-before':
    case 'error-after':
      return [fault.error?.code ?? 'REMOTE_UNREACHABLE']
    case 'truncate':
    case 'vanish':
    case 'flip':
    case 'delayed':
    case 'stale-list':
    case 'wrong-range':
      return ['REMOTE_UNREACHABLE', ...LIES]
    case 'quota':
      return ['REMOTE_FULL']
    case 'denied':
      return ['REMOTE_DENIED']
    case 'hang':
      return ['CANCELLED']
    case 'duplicate':
    case 'slow':
      return []
    default:
      return assertNever(fault)
  }
}

/** What a remote can be caught at that says something else than it has. */
const LIES: readonly ErrorCode[] = ['REMOTE_LIES', 'OBJECT_MISSING', 'VAULT_DAMAGED', 'VAULT_ROLLED_BACK']
