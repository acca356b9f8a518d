import { HoldfastError } from '@holdfast/domain'

/** What the machine is to start: the agent, on a home, with an environment. All paths are absolute. */
export type ServiceCommand = {
  /** Node's own program. */
  readonly program: string
  readonly args: readonly string[]
  /** The folder of all local state. */
  readonly home: string
  readonly userHome: string
  /** Where programs are looked for. */
  readonly path: string
  /** From `serviceEnvironment`. */
  readonly environment: Readonly<Record<string, string>>
  /** What the agent has now and a service is not given, by name. */
  readonly leftOut: readonly string[]
}

/** Everything that the agent gets as its environment, by name in order. */
export function environmentOf(command: ServiceCommand): readonly (readonly [string, string])[] {
  const all = {
    ...command.environment,
    ...{ HOME: command.userHome, PATH: command.path, HOLDFAST_HOME: command.home },
  }
  return Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/** Refuses what no file of a service system can hold: a line end in a name would begin a line of its own. */
export function checkServiceCommand(command: ServiceCommand): void {
  const texts = [command.program, ...command.args, ...environmentOf(command).flat()]
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly those are looked for
  const odd = texts.find((text) => /[\u0000-\u001f\u007f]/.test(text))
  if (odd !== undefined)
    throw new HoldfastError(
      'INPUT_INVALID',
      `${JSON.stringify(odd)} holds a control character, which a service can’t be given.`,
      { next: 'Move Holdfast, or its home, to a folder with a plain name.' },
    )
}
