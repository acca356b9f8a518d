import { type Command, Option } from 'commander'
import { collect, withPassphraseOption } from './option-groups.ts'
import type { Lazily } from './program.ts'

/** `holdfast kit …` and `holdfast recover`: what the last day needs. */
export function addRecoverCommands(program: Command, lazily: Lazily): void {
  const kit = program
    .command('kit')
    .description('recovery kits: what a second machine needs beside the passphrase')
  kit
    .command('save')
    .description('save the recovery kit of a vault, by its agent: as a file, as pages to print, or both')
    .argument('[file]', 'the file to write')
    .option('--pdf <file>', 'pages to print, with the sealed kit as QR codes')
    .addOption(paperOption())
    .option('--plan <plan>', 'whose vault, by the name or id of a plan')
    .option('--force', 'replace files that are there already')
    .action(lazily(async () => (await import('./commands/kit.ts')).kitSave))
  withPassphraseOption(
    kit.command('sheet').description('write an emergency sheet that opens the vault for whoever holds it'),
  )
    .argument('<file>', 'the PDF to write')
    .option('--clear', 'yes, with the passphrase in clear')
    .addOption(paperOption())
    .option('--plan <plan>', 'whose vault, by the name or id of a plan')
    .option('--force', 'replace the file when it is there already')
    .action(lazily(async () => (await import('./commands/kit.ts')).kitSheet))
  kit
    .command('status')
    .description('tell which kits were saved, and whether they are up to date')
    .action(lazily(async () => (await import('./commands/kit.ts')).kitStatus))
  withPassphraseOption(program.command('recover').description('bring a machine back into this empty home'))
    .argument('[kit]', 'the recovery kit')
    .option(
      '--kit-text <file>',
      'texts of its QR codes, in any order; - for standard input (repeat)',
      collect,
      [],
    )
    .option('--from <dest>', 'the vault by hand; with a kit, where it lies now')
    .option('--list', 'only tell which machines are in the vault')
    .option('--machine <machine>', 'which machine, by name or id')
    .option('--take-over', 'its backups go on here; the old installation stops')
    .option('--read-only', 'bring things back and write nothing to the vault')
    .option('--map <old=new>', 'what lay below one path lies below another here (repeat)', collect, [])
    .option('--token <remote=file>', 'what `rclone authorize` printed for a remote (repeat)', collect, [])
    .option('--unlock <vault>', 'open another vault of its plans, by name or place, with its passphrase')
    .option('--in-place', 'bring the files back where they were')
    .option('--to <dir>', 'bring the files back below a folder')
    .option('--no-data', 'settings, plans and history only')
    .option('--plan <plan>', 'only the files of this plan (repeat)', collect, [])
    .addOption(
      new Option('--conflict <rule>', 'when a file is there already')
        .choices(['keep-both', 'skip', 'overwrite', 'newer'])
        .default('keep-both'),
    )
    .action(lazily(async () => (await import('./commands/recover.ts')).recover))
}

function paperOption(): Option {
  return new Option('--paper <size>', 'of the pages').choices(['a4', 'letter']).default('a4')
}
