import {
  formatAge,
  formatDuration,
  type MachineState,
  MINUTE_MS,
  machineState,
  silenceOf,
  verdictOverMachines,
} from '@holdfast/domain'
import type { Home, WatchedMachine } from '#web/trpc/types.ts'
import { countOf } from './locale.ts'
import { type Verdict, verdictWords } from './verdict.ts'

/** How another machine stands at a moment. */
export function stateOf(machine: WatchedMachine, now: Date): MachineState {
  return machineState({ ...machine, heardAt: new Date(machine.heardAt) }, now)
}

/** Whether it was not heard for longer than it may be. */
export function isSilent(machine: WatchedMachine, now: Date): boolean {
  return silenceOf({ ...machine, heardAt: new Date(machine.heardAt) }, now) !== undefined
}

/** The sentence over all machines, this one first, and the state that it has. */
export function verdictOverAll(
  home: Home,
  machines: readonly WatchedMachine[],
  now: Date,
): Verdict & { readonly state: MachineState['state'] } {
  const own = { name: home.machine, state: home.verdict.state, sentence: verdictWords(home, now).sentence }
  const verdict = verdictOverMachines([own, ...machines.map((one) => stateOf(one, now))])
  const { because = allHeard(machines, now) } = verdict
  return { ...verdict, because }
}

/** How long a silence is, in the largest unit that fits: `26 hours`, `3 days`. */
export function silenceWords(hours: number): string {
  return hours % 24 === 0 && hours > 24 ? countOf(hours / 24, 'day') : countOf(hours, 'hour')
}

function allHeard(machines: readonly WatchedMachine[], now: Date): string {
  const longestMs = Math.max(...machines.map(({ heardAt }) => now.getTime() - Date.parse(heardAt)))
  const [first] = machines
  if (machines.length === 1 && first !== undefined) return `${first.name} was heard ${formatAge(longestMs)}.`
  return longestMs < MINUTE_MS
    ? 'The others were heard just now.'
    : `The others were heard within the last ${formatDuration(longestMs)}.`
}
