import type { ErrorCode, HoldfastError } from '@holdfast/domain'

/** How the agent's process ends when it could not start, so that a service system knows whether to try again. */
export const AGENT_EXIT = {
  /** Trying again may help. */
  failed: 1,
  /** Another agent runs on this home. */
  homeInUse: 75,
  /** Only a person can change what is wrong. */
  needsPerson: 78,
} as const

const NEEDS_PERSON: readonly ErrorCode[] = [
  ...(['USAGE', 'INPUT_INVALID', 'DATABASE_NEWER', 'DATABASE_DAMAGED', 'CONFIG_DAMAGED'] as const),
]

/** The exit code of an agent that ends with an error. */
export function agentExitOf(error: HoldfastError): number {
  if (error.code === 'HOME_IN_USE') return AGENT_EXIT.homeInUse
  return NEEDS_PERSON.includes(error.code) ? AGENT_EXIT.needsPerson : AGENT_EXIT.failed
}
