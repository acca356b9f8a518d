import { silenceOf } from './machine-silence.ts'
import type { Protection, ProtectionState } from './protection.ts'

/** How a machine stands, this one or another. */
export type MachineState = {
  readonly name: string
  readonly state: ProtectionState
  readonly sentence: string
}

/** How another machine stands now: as it said when it was heard, and unknown once it is silent for too long. Pure. */
export function machineState(
  machine: Parameters<typeof silenceOf>[0] & { readonly verdict: Pick<Protection, 'state' | 'sentence'> },
  now: Date,
): MachineState {
  const silence = silenceOf(machine, now)
  if (silence !== undefined) return { name: machine.name, state: 'unknown', sentence: silence.sentence }
  return { name: machine.name, ...machine.verdict }
}

/**
 * One verdict over several machines: the worst state of any, how many are protected, and what the worst of them says;
 * `because` is undefined while all are protected. Pure.
 */
export function verdictOverMachines(machines: readonly MachineState[]): {
  readonly state: ProtectionState
  readonly sentence: string
  readonly because: string | undefined
} {
  const order: readonly ProtectionState[] = ['failing', 'at-risk', 'unknown', 'protected']
  const [worst] = machines.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state))
  if (worst === undefined) return { state: 'unknown', sentence: 'There is no machine.', because: undefined }
  const all = machines.length
  const good = machines.filter(({ state }) => state === 'protected').length
  if (good === all)
    return {
      state: 'protected',
      sentence: all === 2 ? 'Both machines are protected.' : `All ${all} machines are protected.`,
      because: undefined,
    }
  return {
    state: worst.state,
    sentence:
      good === 0
        ? 'No machine is protected.'
        : `${good} of ${all} machines ${good === 1 ? 'is' : 'are'} protected.`,
    // Some sentences begin with the name already.
    because: worst.sentence.startsWith(worst.name) ? worst.sentence : `${worst.name}: ${worst.sentence}`,
  }
}
