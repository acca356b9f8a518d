import type { Command } from 'commander'
import type { Lazily } from './program.ts'

/** `holdfast lan …` and `holdfast trust`: the agent for other devices on the network. */
export function addLanCommands(program: Command, lazily: Lazily): void {
  const load = async () => await import('./commands/lan.ts')
  const lan = program.command('lan').description('whether other devices on your network reach the agent')
  lan
    .command('status', { isDefault: true })
    .description('tell whether they do, and where')
    .action(lazily(async () => (await load()).lanShow))
  lan
    .command('on')
    .description('serve the network over HTTPS')
    .action(lazily(async () => (await load()).lanOn))
  lan
    .command('off')
    .description('serve this machine only')
    .action(lazily(async () => (await load()).lanOff))
  program
    .command('trust')
    .description('tell the fingerprint of the agent’s certificate, and how this machine trusts it')
    .option('--install', 'make this machine and its browsers trust it')
    .option('--remove', 'make them trust no authority of Holdfast')
    .action(lazily(async () => (await import('./commands/trust.ts')).trust))
}
