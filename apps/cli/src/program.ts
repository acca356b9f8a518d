import { HOLDFAST_VERSION, HoldfastError, toHoldfastError } from '@holdfast/domain'
import { Argument, Command, CommanderError, Option } from 'commander'
import { addAuditCommands } from './audit-commands.ts'
import { addBandwidthCommands } from './bandwidth-commands.ts'
import { addDeviceCommands } from './device-commands.ts'
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts'
import { addHookCommands } from './hook-commands.ts'
import { addLanCommands } from './lan-commands.ts'
import { addMachineCommands } from './machine-commands.ts'
import {
  collect,
  countFrom,
  wholeNumber,
  withKeepOptions,
  withOmissionOptions,
  withRcloneConfigOption,
  withVaultOptions,
} from './option-groups.ts'
import { createOutput, type Output, ReaderGone } from './output.ts'
import { addPlanCommands } from './plan-commands.ts'
import { addRecoverCommands } from './recover-commands.ts'
import { addRemoteCommands } from './remote-commands.ts'
import { addServiceCommands } from './service-commands.ts'
import type { Settings } from './settings.ts'
import { usageError } from './usage-error.ts'

/** What every command is called with. */
export type Call = { readonly settings: Settings; readonly output: Output }

const CONFLICTS = ['keep-both', 'skip', 'overwrite', 'newer']

/**
 * Runs the command that the arguments name and resolves to the exit code; never rejects. Commands are loaded when they
 * are called: starting is most of what a small one costs.
 */
export async function runProgram(args: readonly string[], settings: Settings): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok
  // Needed before parsing has succeeded, so that a wrong flag is answered in the asked form too.
  const json = args.includes('--json')
  const progressJson = args.some(
    (arg, i) => arg === '--progress=json' || (arg === '--progress' && args[i + 1] === 'json'),
  )
  const output = createOutput(process.stdout, process.stderr, {
    json,
    progress: progressJson ? 'json' : json ? 'none' : 'line',
    colours: settings.colours,
  })

  /** Makes an action of a command that lives in its own file. */
  function lazily<Args extends unknown[]>(
    load: () => Promise<(call: Call, ...args: Args) => Promise<ExitCode>>,
  ) {
    return async (...args: Args) => {
      const { agent } = program.opts<{ agent?: string }>()
      const call: Call = { settings: { ...settings, agent: agent ?? settings.agent }, output }
      exitCode = await (await load())(call, ...args)
    }
  }

  const program = createProgram(lazily)
  try {
    await program.parseAsync([...args], { from: 'user' })
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return EXIT.ok
    if (thrown instanceof ReaderGone) return EXIT.ok
    const error = settings.signal.aborted
      ? cancelled(thrown)
      : thrown instanceof CommanderError
        ? usageError(program, args, thrown)
        : toHoldfastError(thrown)
    output.error(error)
    return exitCodeOf(error)
  } finally {
    output.close()
  }
  return exitCode
}

/** Makes an action of a command that lives in its own file. */
export type Lazily = <Args extends unknown[]>(
  load: () => Promise<(call: Call, ...args: Args) => Promise<ExitCode>>,
) => (...args: Args) => Promise<void>

/** Every command with its options; `lazily` makes their actions. */
export function createProgram(lazily: Lazily): Command {
  const program = new Command('holdfast')
    .description('Backup that you can see from your phone and prove.')
    .version(HOLDFAST_VERSION, '-V, --version')
    .option('--json', 'answer with one JSON document on stdout')
    .addOption(new Option('--progress <form>', 'progress as NDJSON on stderr').choices(['json']))
    .option('--agent <url>', 'speak to the agent of another machine, after `holdfast pair`')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeErr: () => {} })
    .exitOverride()
  addVaultCommands(program, lazily)
  addReadingCommands(program, lazily)
  addPrune(program, lazily)
  addConfigCommands(program, lazily)
  addAgentCommands(program, lazily)
  addRecoverCommands(program, lazily)
  addCompletionCommands(program, lazily)
  program.hook('preAction', (_program, command) => refuseAgentElsewhere(program, command))
  for (const command of allCommands(program)) command.copyInheritedSettings(program)
  return program
}

function addVaultCommands(program: Command, lazily: Lazily): void {
  const vault = program.command('vault').description('make and keep vaults')
  withVaultOptions(vault.command('create').description('make a vault in a missing or empty folder'))
    .argument('<dest>', 'a folder, or name:path on a remote')
    .option('--plain', 'do not encrypt')
    .action(lazily(async () => (await import('./commands/vault-create.ts')).vaultCreate))
  withVaultOptions(vault.command('passphrase').description('change the passphrase of a vault'))
    .argument('<dest>', 'the vault')
    .option('--new-passphrase-file <file>', 'its first line is the new passphrase')
    .action(lazily(async () => (await import('./commands/vault-passphrase.ts')).vaultPassphrase))
  withRcloneConfigOption(vault.command('keys').description('list the keys that passphrases open'))
    .argument('<dest>', 'the vault')
    .action(lazily(async () => (await import('./commands/vault-keys.ts')).vaultKeys))
  withVaultOptions(vault.command('kit').description('make the recovery kit for a second machine'))
    .requiredOption('--from <dest>', 'the vault')
    .requiredOption('--out <file>', 'the file to write')
    .option('--force', 'replace the file when it is there already')
    .action(lazily(async () => (await import('./commands/vault-kit.ts')).vaultKit))
  withVaultOptions(vault.command('copy').description('bring a second copy of a vault up to date'))
    .requiredOption('--from <dest>', 'the vault')
    .requiredOption('--to <dest>', 'the place of the copy: empty, or a copy of this vault')
    .option('--no-check', 'do not check the copy as a vault afterwards')
    .option('--allow-large', 'delete from the copy also when much would go at once')
    .option('--dry-run', 'tell what would be copied and change nothing')
    .action(lazily(async () => (await import('./commands/vault-copy.ts')).vaultCopy))
  withVaultOptions(
    vault.command('program').description('the packed Holdfast in a vault: list it, take it out'),
  )
    .argument('<dest>', 'the vault')
    .option('--to <dir>', 'take it out into a new folder')
    .option('--set <set>', 'this one, not the newest for a machine like this')
    .option('--store', 'store the program that runs now, with its Node and rclone')
    .action(lazily(async () => (await import('./commands/vault-program.ts')).vaultProgram))
  addRemoteCommands(program, lazily)
  withOmissionOptions(
    withVaultOptions(program.command('backup').description('back up files and folders as a new snapshot')),
  )
    .argument('<path...>', 'what to back up')
    .requiredOption('--to <dest>', 'the vault')
    .option('--exclude <glob>', 'leave out, in the syntax of .gitignore (repeat)', collect, [])
    .option('--exclude-from <file>', 'leave out what the rules in a file name')
    .option('--tag <tag>', 'a word to find the snapshot by')
    .option('--dry-run', 'tell what would be done and store nothing')
    .action(lazily(async () => (await import('./commands/backup.ts')).backup))
  const source = program.command('source').description('what there is to back up')
  source
    .command('presets')
    .description('list what is worth keeping on this machine, and how much that is')
    .action(lazily(async () => (await import('./commands/source-presets.ts')).sourcePresets))
}

function addReadingCommands(program: Command, lazily: Lazily): void {
  withVaultOptions(program.command('snapshots').description('list the snapshots of a vault, newest first'))
    .requiredOption('--from <dest>', 'the vault')
    .option('--all', 'also what unfinished runs stored, and what is to be deleted')
    .action(lazily(async () => (await import('./commands/snapshots.ts')).snapshots))
  withVaultOptions(program.command('ls').description('list what a snapshot holds'))
    .argument('[path]', 'label/… inside the snapshot')
    .requiredOption('--from <dest>', 'the vault')
    .option('--snapshot <id>', 'a snapshot, or latest', 'latest')
    .option('--recursive', 'with everything below')
    .action(lazily(async () => (await import('./commands/ls.ts')).ls))
  withVaultOptions(program.command('find').description('look for names in all snapshots'))
    .argument('<pattern>', 'a part of the name, or a pattern with * and ?')
    .requiredOption('--from <dest>', 'the vault')
    .option('--snapshot <id>', 'only in this snapshot, or latest')
    .option('--limit <n>', 'how many at most', countFrom(1))
    .action(lazily(async () => (await import('./commands/find.ts')).find))
  withVaultOptions(program.command('versions').description('tell what became of one file over the snapshots'))
    .argument('<path>', 'label/… inside the snapshots')
    .requiredOption('--from <dest>', 'the vault')
    .option('--machine <machine>', 'of one machine only')
    .option('--all', 'also snapshots in which it was as before')
    .action(lazily(async () => (await import('./commands/versions.ts')).versions))
  withVaultOptions(program.command('diff').description('tell what is different in a second snapshot'))
    .argument('<before>', 'a snapshot, or latest')
    .argument('<after>', 'a snapshot, or latest')
    .requiredOption('--from <dest>', 'the vault')
    .option('--path <path>', 'only at and below label/…')
    .action(lazily(async () => (await import('./commands/diff.ts')).diff))
  withVaultOptions(program.command('cat').description('write the bytes of one file to standard output'))
    .argument('<path>', 'label/… inside the snapshot')
    .requiredOption('--from <dest>', 'the vault')
    .option('--snapshot <id>', 'a snapshot, or latest', 'latest')
    .action(lazily(async () => (await import('./commands/cat.ts')).cat))
  withVaultOptions(program.command('restore').description('bring files back into a folder'))
    .option('--from <dest>', 'the vault')
    .option('--to <dir>', 'the folder to restore into')
    .option('--map <from=to>', 'what was at or below FROM goes to TO here (repeat)', collect, [])
    .addOption(new Option('--snapshot <id>', 'a snapshot, or latest').conflicts('at'))
    .option('--at <time>', 'the newest snapshot of that time or before')
    .option('--path <path>', 'only label/… (repeat)', collect, [])
    .addOption(
      new Option('--conflict <rule>', 'when a file is there already').choices(CONFLICTS).default('keep-both'),
    )
    .option('--owner', 'give owners back, also from a vault that this home does not know')
    .option('--no-owner', 'leave files to who restores; as root they otherwise get their owners back')
    .option(
      '--owner-map <from=to>',
      '1000=bob, :100=:users: who owns here what they owned there (repeat)',
      collect,
      [],
    )
    .option('--in-place', "make a plan's sources what they were, by the agent; what came since is removed")
    .option('--plan <plan>', 'the plan, with --in-place')
    .option('--keep-removed', 'with --in-place: move what is removed or replaced into a folder beside')
    .option('--yes', 'with --in-place: do not ask')
    .option('--dry-run', 'tell what would be done and write nothing')
    .action(lazily(async () => (await import('./commands/restore.ts')).restore))
  withVaultOptions(program.command('check').description('check that what is stored is whole'))
    .requiredOption('--from <dest>', 'the vault')
    .option('--read <scope>', 'also read the bytes: all, a share (10%) or an amount (2GiB)')
    .option('--kit <file>', 'a recovery kit: what it knows of must still be there')
    .action(lazily(async () => (await import('./commands/check.ts')).check))
  withVaultOptions(
    program.command('drill').description('restore a sample into a scratch folder and compare it'),
  )
    .option('--from <dest>', 'the vault')
    .option('--plan <plan>', "a plan of the agent: its proof counts for the plan's protection")
    .option('--snapshot <id>', 'a snapshot, or latest', 'latest')
    .option('--sample <n>', 'how many files; a small snapshot is restored whole', countFrom(1), 25)
    .action(lazily(async () => (await import('./commands/drill.ts')).drill))
  withVaultOptions(
    program.command('repair').description('make a damaged vault whole again, deleting nothing'),
  )
    .requiredOption('--from <dest>', 'the vault')
    .option('--no-sources', 'do not look for what is lost in the live files')
    .option('--dry-run', 'tell what would be done and write nothing')
    .action(lazily(async () => (await import('./commands/repair.ts')).repair))
}

function addPrune(program: Command, lazily: Lazily): void {
  withKeepOptions(
    withVaultOptions(
      program.command('prune').description('forget old snapshots and free what only they need'),
    ),
  )
    .requiredOption('--from <dest>', 'the vault')
    .option('--machine <machine>', "only this machine's snapshots")
    .option('--plan <plan>', "only this plan's snapshots")
    .option('--grace <time>', 'how long what is forgotten can still be had back', '2d')
    .option('--allow-large', 'also when much would go at once')
    .option('--take-over', 'prune from here though another installation has done so')
    .option('--dry-run', 'tell what would go and why the rest stays')
    .action(lazily(async () => (await import('./commands/prune.ts')).prune))
}

function addConfigCommands(program: Command, lazily: Lazily): void {
  const config = program
    .command('config')
    .description("seal rclone configurations with rclone's own encryption")
  const command = (name: string, description: string) =>
    config
      .command(name)
      .description(description)
      .argument('<file>', 'an rclone configuration')
      .option('--password-file <file>', 'its first line is the password')
  command('seal', 'encrypt it in place').action(
    lazily(async () => (await import('./commands/config.ts')).configSeal),
  )
  command('open', 'print it in the clear')
    .option('--out <file>', 'write it to a file that only you may read')
    .option('--force', 'replace that file when it is there already')
    .action(lazily(async () => (await import('./commands/config.ts')).configOpen))
  command('rotate', 'encrypt it again under another password')
    .option('--new-password-file <file>', 'its first line is the new password')
    .action(lazily(async () => (await import('./commands/config.ts')).configRotate))
}

function addAgentCommands(program: Command, lazily: Lazily): void {
  program
    .command('status')
    .description('the verdict on this machine, by its agent')
    .action(lazily(async () => (await import('./commands/status.ts')).status))
  program
    .command('top')
    .description('verdict, plans, runs and their logs on one live screen; q quits')
    .option('--once', 'print one frame as plain text')
    .action(lazily(async () => (await import('./commands/top.ts')).top))
  program
    .command('doctor')
    .description('tell what is wrong with this installation, and how to mend it; exit code 1 for a problem')
    .option('--remote', 'also ask whether each vault is where it should be')
    .action(lazily(async () => (await import('./commands/doctor.ts')).doctor))
  addPlanCommands(program, lazily)
  addBandwidthCommands(program, lazily)
  addHookCommands(program, lazily)
  addAuditCommands(program, lazily)
  addLanCommands(program, lazily)
  addMachineCommands(program, lazily)
  addServiceCommands(program, lazily)
  addDeviceCommands(program, lazily)
  program
    .command('run')
    .description('start a plan now')
    .argument('<plan>', 'name or id')
    .option('--follow', 'show it to its end; the exit code is that of the run')
    .action(lazily(async () => (await import('./commands/run.ts')).run))
  program
    .command('runs')
    .description('list runs, newest first')
    .option('--plan <plan>', 'of one plan')
    .option('--limit <n>', 'how many', wholeNumber, 20)
    .action(lazily(async () => (await import('./commands/runs.ts')).runs))
  program
    .command('download')
    .description('fetch a file from a snapshot of a plan, or several and folders as a zip, by its agent')
    .argument('<plan>', 'name or id')
    .argument('<path...>', 'what, as LABEL/PATH')
    .option('--snapshot <id>', 'of which snapshot; the latest by default')
    .option('--at <time>', 'of the newest snapshot of that time or before')
    .option('--out <file>', 'where to; - for standard output')
    .option('--force', 'replace the file when it is there already')
    .action(lazily(async () => (await import('./commands/download.ts')).download))
  program
    .command('restores')
    .description('list restores by the agent, newest first')
    .option('--limit <n>', 'how many', wholeNumber, 20)
    .option('--again <restore>', 'go on with one that did not finish')
    .option('--cancel <restore>', 'stop one')
    .action(lazily(async () => (await import('./commands/restores.ts')).restores))
  program
    .command('ops')
    .description('what runs now, or one run with its log')
    .argument('[run]', 'the id of a run')
    .action(lazily(async () => (await import('./commands/ops.ts')).ops))
  program
    .command('cancel')
    .description('stop a run; answers when it has stopped')
    .argument('<run>', 'the id of a run')
    .action(lazily(async () => (await import('./commands/cancel.ts')).cancel))
}

function addCompletionCommands(program: Command, lazily: Lazily): void {
  const load = async () => await import('./commands/completion.ts')
  program
    .command('completion')
    .description('print what makes a shell complete commands with the tab key')
    .addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish']))
    .action(lazily(async () => async (_call, shell: string) => (await load()).completion(shell)))
  program
    .command('complete', { hidden: true })
    .argument('[word...]')
    .action(
      lazily(async () => async ({ settings }, words: string[]) => {
        // Everything but these two, which the library brings along.
        const others = program.commands.filter(
          (command) => !['completion', 'complete'].includes(command.name()),
        )
        const bare = new Command(program.name()).copyInheritedSettings(program)
        for (const option of program.options) bare.addOption(option)
        for (const command of others) bare.addCommand(command)
        return await (await load()).complete(settings, bare, words)
      }),
    )
}

/** Commands that open vaults and files by themselves, with the options that hand them to an agent. */
const WITHOUT_AGENT: Readonly<Record<string, readonly string[]>> = {
  ...{ vault: [], backup: [], source: [], snapshots: [], ls: [], find: [], versions: [], diff: [], cat: [] },
  ...{ check: [], repair: [], prune: [], config: [], completion: [], pair: [], doctor: [] },
  ...{ restore: ['inPlace'], drill: ['plan'] },
}

/** `--agent` must not be thought to have meant something where it does not. USAGE. */
function refuseAgentElsewhere(program: Command, command: Command): void {
  let top = command
  while (top.parent !== null && top.parent !== program) top = top.parent
  const handedOver = WITHOUT_AGENT[top.name()]
  const options: Record<string, unknown> = command.opts()
  if (program.opts<{ agent?: string }>().agent === undefined || handedOver === undefined) return
  if (handedOver.some((name) => options[name] !== undefined)) return
  throw new HoldfastError('USAGE', `\`holdfast ${top.name()}\` is done by this computer, not by an agent.`, {
    next: 'Leave --agent out; or sign in on that machine and run it there.',
  })
}

function allCommands(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...allCommands(child)])
}

function cancelled(cause: unknown): HoldfastError {
  return new HoldfastError('CANCELLED', 'Cancelled.', { cause })
}
