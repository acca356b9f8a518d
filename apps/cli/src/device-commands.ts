import { type Command, Option } from 'commander'
import type { DeviceRole } from './commands/device.ts'
import type { Lazily } from './program.ts'

const ROLES: readonly DeviceRole[] = ['viewer', 'operator', 'restorer', 'owner']

/** `holdfast pair`, `holdfast device …` and `holdfast auth reset`: who may speak to an agent. */
export function addDeviceCommands(program: Command, lazily: Lazily): void {
  const load = async () => await import('./commands/device.ts')
  program
    .command('pair')
    .description('make this computer a device of an agent elsewhere')
    .argument('<url>', 'its address, https://name.local:8443, or the link that it printed')
    .argument('[code]', 'the one-time code, where the link does not hold it')
    .option('--name <name>', 'what it is called there', undefined)
    .option('--fingerprint <sha256>', 'of its certificate, as `holdfast trust` prints it there')
    .action(lazily(async () => (await import('./commands/pair.ts')).pair))
  const device = program.command('device').alias('devices').description('the devices that may use the agent')
  device
    .command('list', { isDefault: true })
    .description('list them')
    .action(lazily(async () => (await load()).deviceList))
  device
    .command('rename')
    .description('call one by another name')
    .argument('<device>', 'name or id')
    .argument('<name>', 'the new name')
    .action(lazily(async () => (await load()).deviceRename))
  device
    .command('revoke')
    .description('shut one out at once')
    .argument('<device>', 'name or id')
    .action(lazily(async () => (await load()).deviceRevoke))
  device
    .command('pair-code')
    .description('show a one-time code that lets another device in')
    .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).default('viewer'))
    .action(lazily(async () => (await load()).devicePairCode))
  device
    .command('approve')
    .description('let in the device that shows this number; without one, list those that wait')
    .argument('[number]', 'the four digits on its screen')
    .addOption(new Option('--role <role>', 'what it may do, if not what its code was for').choices(ROLES))
    .action(lazily(async () => (await load()).deviceApprove))
  device
    .command('deny')
    .description('turn down the device that shows this number')
    .argument('<number>', 'the four digits on its screen')
    .action(lazily(async () => (await load()).deviceDeny))
  device
    .command('confirm')
    .description('show a code by which you confirm, at another device, that it is you')
    .action(lazily(async () => (await load()).deviceConfirm))
  device
    .command('pin')
    .description('choose the PIN by which you confirm, at this computer, that it is you')
    .action(lazily(async () => (await load()).devicePin))
  program
    .command('auth')
    .description('who is let in, for the machine’s own console')
    .command('reset')
    .description('shut every device out and show a code for a new owner')
    .option('--yes', 'do not ask')
    .action(lazily(async () => (await load()).authReset))
}
