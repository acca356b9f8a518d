import type { Command } from 'commander'
import type { Lazily } from './program.ts'

/** `holdfast service …`: whether this machine starts Holdfast. They need no agent that runs. */
export function addServiceCommands(program: Command, lazily: Lazily): void {
  const load = async () => await import('./commands/service.ts')
  const service = program.command('service').description('whether Holdfast starts with this machine')
  withScope(
    service.command('status', { isDefault: true }).description('tell whether it does, and how'),
  ).action(lazily(async () => (await load()).serviceStatus))
  withScope(service.command('install').description('start Holdfast with this machine from now on'))
    .option('--no-start', 'not now, only from the next start of the machine on')
    .action(lazily(async () => (await load()).serviceInstall))
  withScope(service.command('uninstall').description('start Holdfast with this machine no more'))
    .option('--stop', 'also end it now')
    .action(lazily(async () => (await load()).serviceUninstall))
}

function withScope(command: Command): Command {
  return command
    .option('--system', 'the service of the whole machine, which root sets up')
    .option('--user', 'the service of this user, also for root')
}
