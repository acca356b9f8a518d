import type { Command } from 'commander'
import { collect, withRcloneConfigOption } from './option-groups.ts'
import type { Lazily } from './program.ts'

/** `holdfast remote …`: the storage that vaults may lie on. All but `test` speak to the agent. */
export function addRemoteCommands(program: Command, lazily: Lazily): void {
  const remote = program.command('remote').description('places that vaults may live at')
  withRcloneConfigOption(remote.command('test').description('try whether a vault could live at a place'))
    .argument('<dest>', 'a folder, or name:path on a remote')
    .action(lazily(async () => (await import('./commands/remote-test.ts')).remoteTest))
  remote
    .command('kinds')
    .description('list the kinds of storage, or the options of one')
    .argument('[kind]', 'such as webdav, s3 or drive')
    .action(lazily(async () => (await import('./commands/remote.ts')).remoteKinds))
  remote
    .command('list')
    .description('list the remotes')
    .action(lazily(async () => (await import('./commands/remote.ts')).remoteList))
  withConversation(remote.command('add').description('make a remote, once it answers'))
    .argument('<name>', 'how you call it')
    .argument('<kind>', 'such as webdav; see `remote kinds`')
    .argument('[option...]', 'key=value; a secret as key=@FILE, or key=? to type it')
    .action(lazily(async () => (await import('./commands/remote-make.ts')).remoteAdd))
  withConversation(remote.command('edit').description('change a remote; what is not named stays'))
    .argument('<name>', 'the remote')
    .argument('[option...]', 'key=value; a secret as key=@FILE, or key=? to type it; key= for its default')
    .option('--sign-in', 'sign in again')
    .action(lazily(async () => (await import('./commands/remote-make.ts')).remoteEdit))
  remote
    .command('remove')
    .description('forget a remote that nothing uses; what lies there stays')
    .argument('<name>', 'the remote')
    .action(lazily(async () => (await import('./commands/remote.ts')).remoteRemove))
}

/** Ways to answer what making a remote asks, for scripts. */
function withConversation(command: Command): Command {
  return command
    .option('--answer <name=value>', 'answer a question that rclone asks (repeat)', collect, [])
    .option('--token-file <file>', 'what `rclone authorize` printed on another machine')
    .option('--save-anyway', 'keep it though it does not answer')
}
