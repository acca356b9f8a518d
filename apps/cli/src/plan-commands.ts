import { type Command, Option } from 'commander'
import {
  collect,
  countFrom,
  withKeepOptions,
  withOmissionOptions,
  withPassphraseOption,
} from './option-groups.ts'
import type { Lazily } from './program.ts'

const HOOK =
  'what happens around a run: postgresql:DB, mysql:DB, sqlite:FILE, docker:CONTAINER, before:NAME, after:NAME (repeat)'

/** `holdfast plan …`: the plans of the agent. */
export function addPlanCommands(program: Command, lazily: Lazily): void {
  const plan = program.command('plan').description('the plans of the agent')
  plan
    .command('list')
    .description('list the plans')
    .action(lazily(async () => (await import('./commands/plan.ts')).planList))
  withOmissionOptions(
    withPassphraseOption(plan.command('add').description('make a plan, and its vault when there is none')),
  )
    .argument('<name>', 'how people call it')
    .argument('<path...>', 'what to back up')
    .requiredOption('--to <dest>', 'the vault: a folder, or name:path on a remote')
    .option('--copy-to <dest>', 'keep a second copy of the vault there (repeat)', collect, [])
    .option('--hook <hook>', HOOK, collect, [])
    .option('--plain', 'do not encrypt a new vault')
    .option('--cron <expression>', 'when to run: minute hour day month weekday; at noon by default')
    .addOption(whenOn())
    .option('--random-delay <time>', 'start up to this much later: 15m, at most 12h')
    .option('--time-zone <zone>', "the schedule's zone; this machine's by default")
    .option('--manual', 'run only when started by hand')
    .option('--exclude <glob>', 'leave out, in the syntax of .gitignore (repeat)', collect, [])
    .action(lazily(async () => (await import('./commands/plan.ts')).planAdd))
  const change = async () => await import('./commands/plan-change.ts')
  plan
    .command('show')
    .description('show a plan')
    .argument('<plan>', 'name or id')
    .action(lazily(async () => (await change()).planShow))
  withKeepOptions(plan.command('edit').description('change a plan, from its next run on'))
    .argument('<plan>', 'name or id')
    .option('--name <name>', 'how people call it from now on')
    .option('--path <path>', 'what to back up instead (repeat)', collect, [])
    .option('--exclude <glob>', 'leave out instead, in the syntax of .gitignore (repeat)', optional)
    .option('--cron <expression>', 'when to run: minute hour day month weekday')
    .addOption(whenOn())
    .option('--random-delay <time>', 'start up to this much later: 15m, at most 12h; 0 for none')
    .option('--time-zone <zone>', "the schedule's zone")
    .option('--manual', 'run only when started by hand')
    .option('--keep-all', 'forget no snapshot')
    .option('--retries <n>', 'how often to try again after a failure that may pass', countFrom(0))
    .option('--copy-to <dest>', 'keep second copies of the vault there instead (repeat)', optional)
    .option('--no-copies', 'keep no second copy; what is there stays there')
    .option('--hook <hook>', `${HOOK}; instead of those it has`, optional)
    .option('--no-hooks', 'nothing happens before and after it any more')
    .option('--on-battery', 'run also on battery')
    .option('--no-on-battery', 'wait for mains power')
    .option('--on-metered', 'run also on a metered connection')
    .option('--no-on-metered', 'wait while the connection is metered')
    .addOption(
      new Option('--drill <every>', 'restore a sample and compare it').choices(['never', 'week', 'month']),
    )
    .action(lazily(async () => (await change()).planEdit))
  plan
    .command('pause')
    .description('run a plan no more until it is resumed')
    .argument('<plan>', 'name or id')
    .action(lazily(async () => (await change()).planPause(true)))
  plan
    .command('resume')
    .description('run a paused plan again')
    .argument('<plan>', 'name or id')
    .action(lazily(async () => (await change()).planPause(false)))
  plan
    .command('duplicate')
    .description('make a paused copy of a plan')
    .argument('<plan>', 'name or id')
    .argument('<name>', 'how people call the copy')
    .action(lazily(async () => (await change()).planDuplicate))
  plan
    .command('accept')
    .description('a change that made the source suspect was meant: go on')
    .argument('<plan>', 'name or id')
    .action(lazily(async () => (await change()).planAccept))
  plan
    .command('remove')
    .description('remove a plan; its snapshots stay in the vault')
    .argument('<plan>', 'name or id')
    .action(lazily(async () => (await change()).planRemove))
}

function whenOn(): Option {
  return new Option('--when-on <period>', 'run once in each period, as soon as the machine is on')
    .choices(['hourly', 'daily', 'weekly'])
    .conflicts(['cron', 'manual'])
}

/** Tells an option that was given, even once, from one that was not. */
function optional(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value]
}
