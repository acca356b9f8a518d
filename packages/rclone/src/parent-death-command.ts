import { execFile } from 'node:child_process'
import { findProgram } from './find-rclone.ts'

/**
 * What is put before a command so that it ends with us: Linux ends a child with the thread that started it, if the
 * child asks for it, and `setpriv` asks on its behalf. Empty where the system can't do that.
 */
export async function parentDeathCommand(environment: Record<string, string>): Promise<string[]> {
  if (process.platform !== 'linux') return []
  const setpriv = await findProgram('setpriv', environment.PATH ?? '')
  if (setpriv === undefined) return []
  const command = [setpriv, '--pdeathsig', 'KILL', '--']
  // Small systems have a setpriv without this option.
  const works = await new Promise<boolean>((resolve) => {
    execFile(setpriv, ['--pdeathsig', 'KILL', '--', 'true'], { env: environment }, (error) =>
      resolve(error === null),
    )
  })
  return works ? command : []
}
