import { HoldfastError, SECOND_MS } from '@holdfast/domain'
import { systemCode } from '../system-error.ts'
import { type GroupOptions, runInGroup } from './run-in-group.ts'

export type ContainerOptions = Pick<GroupOptions, 'environment' | 'signal' | 'onLine' | 'timeoutMs'>

const LOOK_MS = 15 * SECOND_MS

/**
 * Containers by the `docker` program, as the user of this process sees them. Each rejects with HOOK_FAILED, whose
 * sentence goes behind what failed, and with CANCELLED when `signal` aborts.
 */
export const containers = {
  /** False for one that is stopped. */
  async isRunning(container: string, options: Omit<ContainerOptions, 'timeoutMs'>): Promise<boolean> {
    const answer: string[] = []
    const words = ['inspect', '--type', 'container', '--format', '{{.State.Running}}', container]
    await docker(words, {
      ...{ ...options, timeoutMs: LOOK_MS },
      onLine(line) {
        if (line === 'true' || line === 'false') answer.push(line)
        else options.onLine(line)
      },
    })
    return answer.at(-1) === 'true'
  },
  /** Asks it to end, with the time that the container itself says for it. Nothing to do for one that is stopped. */
  stop: (container: string, options: ContainerOptions) => docker(['stop', container], options),
  /** Nothing to do for one that runs. */
  start: (container: string, options: ContainerOptions) => docker(['start', container], options),
}

async function docker(words: readonly string[], options: ContainerOptions): Promise<void> {
  try {
    const end = await runInGroup(['docker', ...words], options)
    if (end.kind === 'aborted') throw new HoldfastError('CANCELLED', 'The work was cancelled.')
    if (end.kind === 'timeout') throw new HoldfastError('HOOK_FAILED', 'docker took too long and was ended.')
    if (end.code !== 0)
      throw new HoldfastError('HOOK_FAILED', `docker ${words[0]} ended with ${end.code ?? 'a signal'}.`)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
    throw new HoldfastError('HOOK_FAILED', 'docker is not installed here.', {
      cause: error,
      next: 'Install the docker program, or take the hook out of the plan.',
    })
  }
}
