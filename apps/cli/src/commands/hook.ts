import { accessSync, constants } from 'node:fs'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { HoldfastError, HookCommandId } from '@holdfast/domain'
import { type HookCommand, hookCommandsFile, readHookCommands, writeHookCommands } from '@holdfast/host'
import { callAgent } from '../agent/agent-client.ts'
import { findPlan } from '../agent/find-plan.ts'
import { requireThisMachine } from '../agent/this-machine.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { readSecretLine, typedTwice } from '../passphrase.ts'
import type { Call } from '../program.ts'
import { tableOf } from '../table.ts'

/** `holdfast hook list`. Reads the file of this home; no agent is needed. */
export async function hookList({ settings, output }: Call): Promise<ExitCode> {
  requireThisMachine(settings, 'Commands are listed')
  const commands = readHookCommands(settings.home)
  const file = hookCommandsFile(settings.home)
  const lines =
    commands.length === 0
      ? ['No command is defined on this machine.']
      : tableOf(
          ['name', 'runs'],
          commands.map(({ id, command }) => [id, shown(command)]),
        )
  output.answer({ file, commands }, lines)
  return EXIT.ok
}

/** `holdfast hook add NAME -- PROGRAM ARG…`. USAGE for a name that is none or is taken. */
export async function hookAdd(
  { settings, output }: Call,
  name: string,
  [program = '', ...args]: string[],
  { force = false }: { force?: boolean },
): Promise<ExitCode> {
  requireThisMachine(settings, 'Commands are defined')
  const id = HookCommandId.safeParse(name)
  if (!id.success)
    throw new HoldfastError('USAGE', `"${name}" is no name: lower case letters, digits and hyphens.`)
  const known = readHookCommands(settings.home)
  if (known.some((one) => one.id === id.data) && !force)
    throw new HoldfastError('USAGE', `There is a command "${name}" already.`, {
      next: 'Choose another name, or replace it with --force.',
    })
  const isPath = program.includes('/') && !isAbsolute(program)
  const file = isPath ? resolve(Buffer.from(settings.cwd).toString(), program) : program
  const added: HookCommand = { id: id.data, command: [file, ...args] }
  writeHookCommands(settings.home, [...known.filter((one) => one.id !== id.data), added])
  if (!isProgram(file, settings.path)) output.note(`${file} is no program that can be found now.`)
  output.answer(added, [
    `Defined ${name}: ${shown(added.command)}`,
    `A plan runs it with: holdfast plan edit PLAN --hook before:${name}`,
  ])
  return EXIT.ok
}

/** `holdfast hook remove NAME`. INPUT_INVALID when there is none. */
export async function hookRemove({ settings, output }: Call, name: string): Promise<ExitCode> {
  requireThisMachine(settings, 'Commands are removed')
  const known = readHookCommands(settings.home)
  const left = known.filter(({ id }) => id !== name)
  if (left.length === known.length)
    throw new HoldfastError('INPUT_INVALID', `There is no command "${name}".`, {
      next: 'List them with `holdfast hook list`.',
    })
  writeHookCommands(settings.home, left)
  output.answer({ removed: name }, [`The command ${name} is defined no more.`])
  return EXIT.ok
}

/** `holdfast hook password PLAN HOOK`: typed, or the first line of a file; sealed by the agent. */
export async function hookPassword(
  { settings, output }: Call,
  planText: string,
  hook: string,
  options: { passwordFile?: string; remove?: boolean },
): Promise<ExitCode> {
  const password =
    options.remove === true
      ? null
      : options.passwordFile === undefined
        ? await typed(settings.signal)
        : await readSecretLine(options.passwordFile, 'password')
  const plan = await callAgent(settings, async (agent) => {
    const found = await findPlan(agent, planText, settings.signal)
    await agent.hook.setPassword.mutate({ planId: found.id, hook, password }, { signal: settings.signal })
    return found
  })
  const answer = { plan: plan.id, hook, password: password === null ? 'none' : 'stored' }
  output.answer(answer, [
    password === null
      ? `No password is stored for ${hook} any more.`
      : `The password for ${hook} is stored, sealed.`,
  ])
  return EXIT.ok
}

async function typed(signal: AbortSignal): Promise<string> {
  if (!process.stdin.isTTY)
    throw new HoldfastError('PASSPHRASE_MISSING', 'The password is missing.', {
      next: 'Give --password-file, or type it at a terminal.',
    })
  return await typedTwice('Password of the database: ', signal)
}

/** Words as a person would type them. */
function shown(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ')
}

function isProgram(file: string, path: string): boolean {
  const places = file.includes('/') ? [file] : path.split(delimiter).map((folder) => join(folder, file))
  return places.some((place) => {
    try {
      accessSync(place, constants.X_OK)
      return true
    } catch {
      return false // not there, or not to be run
    }
  })
}
