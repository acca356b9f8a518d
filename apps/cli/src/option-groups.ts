import { parseBytes } from '@holdfast/domain'
import { type Command, InvalidArgumentError } from 'commander'

/** Options of every command that opens a vault by itself. */
export function withVaultOptions(command: Command): Command {
  return withRcloneConfigOption(withPassphraseOption(command))
}

/** Where a named remote is looked up. */
export function withRcloneConfigOption(command: Command): Command {
  return command.option('--rclone-config <file>', 'an rclone configuration to find the remote in')
}

/** Where the passphrase comes from. */
export function withPassphraseOption(command: Command): Command {
  return command.option('--passphrase-file <file>', 'its first line is the passphrase')
}

/** For an option that may be repeated. */
export function collect(value: string, before: string[]): string[] {
  return [...before, value]
}

/** For an option that counts things to show. */
export function wholeNumber(value: string): number {
  if (!/^[1-9][0-9]{0,2}$/.test(value)) throw new InvalidArgumentError('A number from 1 to 999, please.')
  return Number(value)
}

/** A whole number of at most six digits, `least` or more. */
export function countFrom(least: number): (value: string) => number {
  return (value) => {
    if (/^[0-9]{1,6}$/.test(value) && Number(value) >= least) return Number(value)
    throw new InvalidArgumentError(`A whole number from ${least} on, please.`)
  }
}

/** An amount such as 2GiB or 500MB, in bytes. */
function amount(value: string): number {
  const bytes = parseBytes(value)
  if (bytes === undefined) throw new InvalidArgumentError('An amount such as 2GiB or 500MB, please.')
  return bytes
}

/** What of the sources is left out beside rules. */
export function withOmissionOptions(command: Command): Command {
  return command
    .option('--exclude-larger-than <size>', 'leave out files with more bytes: 500MB, 2GiB', amount)
    .option('--exclude-caches', 'leave out folders that hold a CACHEDIR.TAG')
    .option('--one-file-system', 'leave out what is mounted inside from other file systems')
}

export type OmissionOptions = {
  readonly excludeLargerThan?: number
  readonly excludeCaches?: boolean
  readonly oneFileSystem?: boolean
}

/** The options as a source has them; what was not given is not said. */
export function omissionsOf({ excludeLargerThan, excludeCaches, oneFileSystem }: OmissionOptions) {
  return {
    ...(excludeLargerThan === undefined ? {} : { maxFileBytes: excludeLargerThan }),
    ...(excludeCaches === undefined ? {} : { skipCacheDirs: excludeCaches }),
    ...(oneFileSystem === undefined ? {} : { oneFileSystem }),
  }
}

/** What a prune keeps. */
export function withKeepOptions(command: Command): Command {
  return command
    .option('--keep-last <n>', 'the newest n', countFrom(0))
    .option('--keep-hourly <n>', 'the newest of each of the last n hours that have one', countFrom(0))
    .option('--keep-daily <n>', '… days', countFrom(0))
    .option('--keep-weekly <n>', '… weeks', countFrom(0))
    .option('--keep-monthly <n>', '… months', countFrom(0))
    .option('--keep-yearly <n>', '… years', countFrom(0))
    .option('--keep-within <time>', 'all of the time before the newest: 36h, 7d, 3w, 6m, 1y6m')
}
