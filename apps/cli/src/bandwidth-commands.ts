import { type Command, Option } from 'commander'
import { collect } from './option-groups.ts'
import type { Lazily } from './program.ts'

/** `holdfast bandwidth …`: what the machine may use of its connection. */
export function addBandwidthCommands(program: Command, lazily: Lazily): void {
  const load = async () => await import('./commands/bandwidth.ts')
  const bandwidth = program.command('bandwidth').description('what the agent may use of the connection')
  bandwidth
    .command('show', { isDefault: true })
    .description('tell the limits and what holds now')
    .action(lazily(async () => (await load()).bandwidthShow))
  bandwidth
    .command('set')
    .description('limit by time of day, or the whole day, in place of the limits before')
    .argument('[limit]', 'bytes a second for the whole day: 512k, 1.5M, off')
    .option('--at <time,limit>', 'a limit from a time of day on: 08:00,512k (repeat)', collect, [])
    .option('--time-zone <zone>', "the zone of the times; this machine's by default")
    .action(lazily(async () => (await load()).bandwidthSet))
  bandwidth
    .command('now')
    .description('limit for a while, above the limits by time of day')
    .argument('<limit>', 'bytes a second: 512k, 1.5M, off')
    .addOption(new Option('--for <time>', 'how long: 90min, 2h; else until the runs that go on end'))
    .action(lazily(async () => (await load()).bandwidthNow))
  bandwidth
    .command('clear')
    .description('limit nothing any more')
    .option('--now', 'only end the limit for a while')
    .action(lazily(async () => (await load()).bandwidthClear))
}
