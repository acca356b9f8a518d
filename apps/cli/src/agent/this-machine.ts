import { HoldfastError } from '@holdfast/domain'
import type { Settings } from '../settings.ts'

/** Refuses what only the machine's own console may do while another machine's agent is meant. NOT_ALLOWED. */
export function requireThisMachine({ agent }: Settings, what: string): void {
  if (agent === undefined) return
  throw new HoldfastError('NOT_ALLOWED', `${what} on the machine itself only, never through the network.`, {
    next: 'Sign in on that machine and do it there, without --agent and HOLDFAST_AGENT.',
  })
}

/** Refuses paths that would mean this computer's folders where those of the agent's machine are meant. USAGE. */
export function requirePathsThere({ agent }: Settings, paths: readonly string[]): void {
  const wrong = agent === undefined ? undefined : paths.find((path) => !/^(\/|[\w-]+:)/.test(path))
  if (wrong !== undefined)
    throw new HoldfastError('USAGE', `${wrong} would be a folder of this computer; the agent is elsewhere.`, {
      next: 'Give the whole path as it is on that machine, beginning with a slash.',
    })
}
