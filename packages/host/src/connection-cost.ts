import { runProgram } from './run-program.ts'

/** Whether the connection costs by the byte; `unknown` where the system does not say (then nothing should wait). */
export type ConnectionCost = 'metered' | 'unmetered' | 'unknown'

const MANAGER = 'org.freedesktop.NetworkManager'
const OBJECT = '/org/freedesktop/NetworkManager'
const ASKING = [
  ['busctl', '--system', 'get-property', MANAGER, OBJECT, MANAGER, 'Metered'],
  [
    ...['gdbus', 'call', '--system', '--dest', MANAGER, '--object-path', OBJECT],
    ...['--method', 'org.freedesktop.DBus.Properties.Get', MANAGER, 'Metered'],
  ],
] as const
const PATIENCE_MS = 3000

/**
 * Asks Linux's NetworkManager over D-Bus about the connection that carries the default route, by whichever of
 * `busctl` and `gdbus` is found in `path`. Its guess counts as its word. Never rejects: no such program, no
 * NetworkManager and no answer within seconds are all `unknown`.
 */
export async function connectionCost(path: string): Promise<ConnectionCost> {
  for (const command of ASKING) {
    try {
      const { exitCode, stdout } = await runProgram(command, {
        environment: { PATH: path },
        timeoutMs: PATIENCE_MS,
      })
      if (exitCode === 0) return readMetered(stdout)
    } catch {
      // The program is not there: the next one may be.
    }
  }
  return 'unknown'
}

/** NMMetered as busctl (`u 1`) and gdbus (`(<uint32 1>,)`) print it: 1 yes, 2 no, 3 and 4 the same as guesses. */
function readMetered(answer: string): ConnectionCost {
  const value = /^(?:u |\(<uint32 )(\d+)/.exec(answer.trim())?.[1]
  if (value === '1' || value === '3') return 'metered'
  return value === '2' || value === '4' ? 'unmetered' : 'unknown'
}
