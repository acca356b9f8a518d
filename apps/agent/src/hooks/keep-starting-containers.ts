import { setTimeout as wait } from 'node:timers/promises'
import { MINUTE_MS, SECOND_MS } from '@holdfast/domain'
import type { AgentLogLine } from '../context.ts'
import type { PlanHooks } from './plan-hooks.ts'

/** Docker itself may still be starting when the machine does. */
const AGAIN_MS = 30 * SECOND_MS
const LOOK_MS = 5 * MINUTE_MS

/**
 * Starts containers that an earlier agent, or a run here, left stopped: now, and again until it succeeds. Disposing ends
 * it; what is not started by then is noted still.
 */
export function keepStartingContainers(
  hooks: Pick<PlanHooks, 'startLeft'>,
  log: (line: AgentLogLine) => void,
): AsyncDisposable {
  const stop = new AbortController()
  const { signal } = stop
  async function work(): Promise<void> {
    let known = ''
    while (!signal.aborted) {
      const { started, failed } = await hooks.startLeft(signal)
      for (const name of started)
        log({
          level: 'info',
          text: `The container ${name} was left stopped by a backup, and is started again.`,
        })
      const names = failed.join(', ')
      if (failed.length > 0 && names !== known && !signal.aborted)
        log({
          level: 'error',
          text: `A backup left these containers stopped, and they can't be started: ${names}.`,
        })
      known = names
      await wait(failed.length > 0 ? AGAIN_MS : LOOK_MS, undefined, { signal, ref: false }).catch(
        () => undefined,
      )
    }
  }
  const done = work().catch((error: unknown) =>
    log({ level: 'error', text: 'Containers that a backup stopped can’t be looked after.', error }),
  )
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await done
    },
  }
}
