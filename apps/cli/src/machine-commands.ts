import { USUAL_SILENCE_HOURS } from '@holdfast/domain'
import type { Command } from 'commander'
import { countFrom } from './option-groups.ts'
import type { Lazily } from './program.ts'

/** `holdfast machine …`: other machines that the agent watches. */
export function addMachineCommands(program: Command, lazily: Lazily): void {
  const load = async () => await import('./commands/machine.ts')
  const machine = program
    .command('machine')
    .alias('machines')
    .description('other machines that this one watches: silent too long is an incident')
  machine
    .command('list', { isDefault: true })
    .description('list them with what they said last')
    .action(lazily(async () => (await load()).machineList))
  machine
    .command('find')
    .description('machines on this network that run Holdfast and are not watched yet')
    .action(lazily(async () => (await load()).machineFind))
  machine
    .command('add')
    .description('watch one; it must serve its network')
    .argument('<url>', 'its address, https://name.local:8443')
    .argument('<code>', 'a one-time code for a viewer, as `holdfast device pair-code` shows it there')
    .option('--fingerprint <sha256>', 'of its certificate, as `holdfast trust` prints it there')
    .option('--silent-after <hours>', 'how long it may be silent', countFrom(1), USUAL_SILENCE_HOURS)
    .action(lazily(async () => (await load()).machineAdd))
  machine
    .command('ask')
    .description('ask one now; exits 1 when it is not heard')
    .argument('<machine>', 'name, address or id')
    .action(lazily(async () => (await load()).machineAsk))
  machine
    .command('silence')
    .description('change how long one may be silent')
    .argument('<machine>', 'name, address or id')
    .argument('<hours>', 'at most 2160', countFrom(1))
    .action(lazily(async () => (await load()).machineSilence))
  machine
    .command('remove')
    .description('watch one no more')
    .argument('<machine>', 'name, address or id')
    .action(lazily(async () => (await load()).machineRemove))
}
