import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HoldfastError } from '@holdfast/domain'
import { z } from 'zod'
import type { Keyring } from './keyring.ts'
import { runProgram } from './run-program.ts'
import { splitCommand } from './split-command.ts'
import { systemCode } from './system-error.ts'

/** Where the key that seals a home's configuration may be kept, in the order in which they are asked. */
export const CONFIG_KEY_SOURCES = ['environment', 'command', 'keyring', 'file'] as const
export type ConfigKeySource = (typeof CONFIG_KEY_SOURCES)[number]

/** What this machine says about the key: all of it from its own environment, none of it from the network. */
export type ConfigKeySettings = {
  /** HOLDFAST_CONFIG_KEY */
  readonly key: string | undefined
  /** HOLDFAST_CONFIG_KEY_COMMAND: a program that prints the key. */
  readonly command: string | undefined
  /** HOLDFAST_CONFIG_KEY_FROM: where it is to be kept from now on. */
  readonly from: ConfigKeySource | undefined
  readonly keyring: () => Promise<Keyring | undefined>
  /** What the command gets as its environment. */
  readonly environment: Readonly<Record<string, string>>
}

/** The key in the home's own file, and nothing else. */
export const FILE_KEY_ONLY: ConfigKeySettings = {
  ...{ key: undefined, command: undefined, from: undefined, environment: {} },
  keyring: async () => undefined,
}

/** Reads what the machine says about the key. INPUT_INVALID for a place that does not exist. */
export function configKeySettings(
  environment: Readonly<Record<string, string | undefined>>,
  keyring: ConfigKeySettings['keyring'],
): ConfigKeySettings {
  const given = (name: string) => (environment[name] === '' ? undefined : environment[name])
  const from = z.enum(CONFIG_KEY_SOURCES).optional().safeParse(given('HOLDFAST_CONFIG_KEY_FROM'))
  if (!from.success)
    throw new HoldfastError(
      'INPUT_INVALID',
      `HOLDFAST_CONFIG_KEY_FROM is one of ${CONFIG_KEY_SOURCES.join(', ')}.`,
      { next: 'Correct it, or take it away.' },
    )
  const key = given('HOLDFAST_CONFIG_KEY')
  const command = given('HOLDFAST_CONFIG_KEY_COMMAND')
  return { key, command, from: from.data, keyring, environment: withoutOwn(environment) }
}

/** The environment for other programs: what is ours or rclone's may hold secrets. */
export function withoutOwn(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && !/^(HOLDFAST|RCLONE)_/.test(entry[0]) && entry[0] !== 'NODE_OPTIONS',
    ),
  )
}

/** The file of a home that holds the key when nothing else does. */
export function configKeyFile(home: string): string {
  return join(home, 'config.key')
}

/**
 * The key as it is kept in one place, undefined when it is not there. LOCKED when the command fails or the keyring does
 * not answer, INPUT_INVALID for a key that is too short to be a random one, CONFIG_DAMAGED for a file cut short. No
 * message holds what a program printed.
 */
export async function readConfigKey(
  source: ConfigKeySource,
  home: string,
  settings: ConfigKeySettings,
): Promise<string | undefined> {
  switch (source) {
    case 'environment':
      return settings.key === undefined ? undefined : longEnough(settings.key, 'HOLDFAST_CONFIG_KEY')
    case 'command':
      return settings.command === undefined ? undefined : fromCommand(settings.command, settings)
    case 'keyring':
      return (await settings.keyring())?.get(home)
    case 'file':
      return fromFile(configKeyFile(home))
    default:
      return source satisfies never
  }
}

const COMMAND_MS = 30_000
/** rclone's format does not stretch a password: one that a human thought of would be guessed. */
const LEAST_CHARACTERS = 20

function longEnough(key: string, from: string): string {
  if (key.length >= LEAST_CHARACTERS) return key
  throw new HoldfastError(
    'INPUT_INVALID',
    `The key in ${from} has fewer than ${LEAST_CHARACTERS} characters.`,
    {
      next: 'Make a random one, for example with `openssl rand -base64 32`.',
    },
  )
}

async function fromCommand(command: string, settings: ConfigKeySettings): Promise<string> {
  const failed = (how: string, cause?: unknown) =>
    new HoldfastError('LOCKED', `The command of HOLDFAST_CONFIG_KEY_COMMAND ${how}.`, {
      next: 'Run it by hand as the user of Holdfast: it must print the key, and nothing else.',
      ...(cause === undefined ? {} : { cause }),
    })
  const argv = splitCommand(command)
  if (argv === undefined) throw failed('is not a command')
  const end = await runProgram(argv, { environment: settings.environment, timeoutMs: COMMAND_MS }).catch(
    (cause: unknown) => {
      throw failed('does not start', cause)
    },
  )
  if (end.exitCode === null) throw failed('took too long or was killed')
  if (end.exitCode !== 0) throw failed(`ended with exit code ${end.exitCode}`)
  return longEnough(end.stdout.replace(/[\r\n]+$/, ''), 'the answer of HOLDFAST_CONFIG_KEY_COMMAND')
}

async function fromFile(file: string): Promise<string | undefined> {
  let key: string
  try {
    key = (await readFile(file, 'utf8')).trim()
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT' || systemCode(cause) === 'ENOTDIR') return undefined
    throw new HoldfastError('CONFIG_DAMAGED', `${file} can't be read.`, { cause })
  }
  if (key.length >= 32) return key
  throw new HoldfastError('CONFIG_DAMAGED', `The key file ${file} is cut short.`, { next: NEXT_FOR_KEY_FILE })
}

/** What to do when the key file is gone or damaged. */
export const NEXT_FOR_KEY_FILE =
  'Put config.key back from a copy of this folder, or move it, secrets.conf and rclone.conf away: then make the plans again, with the passphrases of their vaults.'
