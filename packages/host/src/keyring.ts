import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { HoldfastError } from '@holdfast/domain'
import { runProgram } from './run-program.ts'

/** The system's own store of secrets. `account` tells several homes of one user apart. */
export type Keyring = {
  /** For people: "the keyring of this session". */
  readonly name: string
  /** The secret, undefined when there is none. LOCKED when the keyring does not answer or was not opened. */
  get(account: string): Promise<string | undefined>
  /** Stores or replaces a secret, and reads it back. LOCKED when that fails. */
  set(account: string, secret: string): Promise<void>
  /** Forgets a secret; one that is not there is no error. */
  remove(account: string): Promise<void>
}

/** People may have to type the keyring's password meanwhile. */
const ANSWER_MS = 30_000

/**
 * The keyring of this system: on Linux the Secret Service through `secret-tool`, where a session bus is there; on macOS
 * the login keychain through `security`. Undefined where there is none. @NOTE Windows: not here yet; its credential
 * store has no program that takes a secret from standard input.
 */
export async function findKeyring(machine: {
  readonly platform: string
  /** Where programs are looked for, in the form of `PATH`. */
  readonly path: string
  readonly environment: Readonly<Record<string, string>>
}): Promise<Keyring | undefined> {
  const { platform, path, environment } = machine
  if (platform === 'linux') {
    if ((environment.DBUS_SESSION_BUS_ADDRESS ?? '') === '') return undefined
    const tool = await findProgram('secret-tool', path)
    return tool === undefined ? undefined : checked(secretService(runner(tool, environment)))
  }
  if (platform === 'darwin') {
    const tool = await findProgram('security', path)
    return tool === undefined ? undefined : checked(macKeychain(runner(tool, environment)))
  }
  return undefined
}

type Run = (args: readonly string[], input?: string) => ReturnType<typeof runProgram>

function runner(tool: string, environment: Readonly<Record<string, string>>): Run {
  return async (args, input) => {
    try {
      return await runProgram([tool, ...args], { environment, timeoutMs: ANSWER_MS, input })
    } catch (cause) {
      throw locked('its program does not start', cause)
    }
  }
}

function secretService(run: Run): Keyring {
  const attributes = (account: string) => ['service', 'holdfast', 'home', account]
  return {
    name: 'the keyring of this session',
    async get(account) {
      const { exitCode, stdout, stderr } = await run(['lookup', ...attributes(account)])
      if (exitCode === 0) return stdout.replace(/\r?\n$/, '')
      // What is not there is told by the exit code alone.
      if (exitCode === 1 && stderr.trim() === '') return undefined
      throw locked('it does not answer')
    },
    async set(account, secret) {
      const label = '--label=Holdfast: the key of its configuration'
      if ((await run(['store', label, ...attributes(account)], secret)).exitCode !== 0)
        throw locked('it takes nothing')
    },
    remove: async (account) => void (await run(['clear', ...attributes(account)])),
  }
}

function macKeychain(run: Run): Keyring {
  const NOT_FOUND = 44
  const quote = (text: string) => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`
  return {
    name: 'the keychain of this user',
    async get(account) {
      const { exitCode, stdout } = await run(['find-generic-password', '-s', 'holdfast', '-a', account, '-w'])
      if (exitCode === 0) return stdout.replace(/\r?\n$/, '')
      if (exitCode === NOT_FOUND) return undefined
      throw locked('it was not opened')
    },
    async set(account, secret) {
      // As a command on standard input: other users can read a program's arguments.
      const command = `add-generic-password -U -s holdfast -a ${quote(account)} -w ${quote(secret)}\n`
      if ((await run(['-i'], command)).exitCode !== 0) throw locked('it takes nothing')
    },
    remove: async (account) => void (await run(['delete-generic-password', '-s', 'holdfast', '-a', account])),
  }
}

/** Nothing is sealed with a key that the keyring did not give back. */
function checked(keyring: Keyring): Keyring {
  return {
    ...keyring,
    async set(account, secret) {
      await keyring.set(account, secret)
      if ((await keyring.get(account)) !== secret) throw locked('it gives back something else')
    },
  }
}

function locked(how: string, cause?: unknown): HoldfastError {
  return new HoldfastError('LOCKED', `The keyring of this system can't be used: ${how}.`, {
    next: 'Log in on this machine so that its keyring opens, then start Holdfast again.',
    ...(cause === undefined ? {} : { cause }),
  })
}

async function findProgram(name: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter).filter((part) => part !== '')) {
    const file = join(folder, name)
    try {
      await access(file, constants.X_OK)
      return file
    } catch {
      // the next folder may have it
    }
  }
  return undefined
}
