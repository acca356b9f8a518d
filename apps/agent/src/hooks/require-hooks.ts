import { stat } from 'node:fs/promises'
import { HoldfastError, type Hook } from '@holdfast/domain'
import { readHookCommands } from '@holdfast/host'

/**
 * Refuses hooks that can't run on this machine: a command that is not defined here, a database file that is not there.
 * Those in `known` stay as they are. INPUT_INVALID, which names the field, or CONFIG_DAMAGED.
 */
export async function requireHooks(
  homeDir: string,
  { hooks, known }: { hooks: readonly Hook[]; known: readonly Hook[] },
): Promise<void> {
  const refuse = (field: string, message: string, next: string, cause?: unknown) =>
    new HoldfastError('INPUT_INVALID', message, {
      next,
      cause,
      fields: { [`options.hooks.${field}`]: [message] },
    })
  for (const [i, hook] of hooks.entries()) {
    if (known.some((other) => JSON.stringify(other) === JSON.stringify(hook))) continue
    if (hook.kind === 'command' && !readHookCommands(homeDir).some(({ id }) => id === hook.command))
      throw refuse(
        `${i}.command`,
        `No command “${hook.command}” is defined on this machine.`,
        `Define it there: holdfast hook add ${hook.command} -- PROGRAM`,
      )
    if (hook.kind !== 'dump-sqlite') continue
    const isFile = await stat(hook.path).then(
      (found) => found.isFile(),
      (cause: unknown) => {
        throw refuse(`${i}.path`, `${hook.path} can't be found.`, 'Choose the file of the database.', cause)
      },
    )
    if (!isFile) throw refuse(`${i}.path`, `${hook.path} is no file.`, 'Choose the file of the database.')
  }
}
