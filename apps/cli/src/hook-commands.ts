import type { Command } from 'commander'
import type { Lazily } from './program.ts'

/** `holdfast hook …`: the free commands of this machine, and the passwords of databases that plans dump. */
export function addHookCommands(program: Command, lazily: Lazily): void {
  const load = async () => await import('./commands/hook.ts')
  const hook = program
    .command('hook')
    .description('commands of this machine that plans may run before and after')
  hook
    .command('list', { isDefault: true })
    .description('list them; plans choose one by its name')
    .action(lazily(async () => (await load()).hookList))
  hook
    .command('add')
    .description('define one: holdfast hook add stop-web -- systemctl stop web')
    .argument('<name>', 'how plans call it: lower case letters, digits and hyphens')
    .argument('<program...>', 'the program and its arguments as they are; no shell reads them')
    .option('--force', 'replace the one of this name')
    .action(lazily(async () => (await load()).hookAdd))
  hook
    .command('remove')
    .description('define one no more; runs of plans that still name it say so')
    .argument('<name>', 'its name')
    .action(lazily(async () => (await load()).hookRemove))
  hook
    .command('password')
    .description('store the password of the database that a hook of a plan dumps')
    .argument('<plan>', 'name or id')
    .argument('<hook>', 'the id of the hook, as `holdfast plan show` says it')
    .option('--password-file <file>', 'its first line is the password; else it is typed')
    .option('--remove', 'forget it')
    .action(lazily(async () => (await load()).hookPassword))
}
