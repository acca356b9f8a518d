import { HoldfastError, toHoldfastError } from '@holdfast/domain'
import type { RunningRclone } from './daemon.ts'
import { pause } from './retrying-reads.ts'

export type SuperviseOptions = {
  /** Waits between starts, in ms; the last one repeats. */
  readonly backOffMs?: readonly number[]
  /** How long a daemon must have run for the waits to begin anew. */
  readonly steadyMs?: number
  readonly onEvent?: (event: SupervisionEvent) => void
}

export type SupervisionEvent =
  | { readonly type: 'started'; readonly version: string }
  | { readonly type: 'died'; readonly reason: string }
  | { readonly type: 'start-failed'; readonly error: HoldfastError }

/** A daemon that is started again whenever it dies. Disposing ends it for good. */
export type SupervisedRclone<Rclone extends RunningRclone = RunningRclone> = AsyncDisposable & {
  /**
   * The running daemon, or the one that is just being started. Rejects with why the last start failed, while the next
   * waits for its turn; RCLONE_DIED after disposing; CANCELLED when `signal` aborts while it waits. Calls on a daemon
   * that died reject with RCLONE_DIED: ask again.
   */
  running(options?: { readonly signal?: AbortSignal | undefined }): Promise<Rclone>
  /** The daemon that runs at this moment; undefined while none does. For what concerns only a daemon that lives. */
  current(): Rclone | undefined
}

/**
 * Keeps rclone running: starts it now and again with growing waits after each death. A new daemon has a new address
 * and new credentials.
 */
export function superviseRclone<Rclone extends RunningRclone>(
  start: (signal: AbortSignal) => Promise<Rclone>,
  options: SuperviseOptions = {},
): SupervisedRclone<Rclone> {
  const { backOffMs = [100, 1000, 5000, 30_000], steadyMs = 60_000, onEvent = () => {} } = options
  const stop = new AbortController()
  let current = Promise.withResolvers<Rclone>()
  let failure: HoldfastError | undefined
  let alive: Rclone | undefined
  // A waiting caller handles a failed start; without one it is no unhandled rejection.
  const renew = () => {
    current = Promise.withResolvers<Rclone>()
    current.promise.catch(() => {})
  }
  renew()

  const keepRunning = async () => {
    let deaths = 0
    while (!stop.signal.aborted) {
      try {
        const daemon = await start(stop.signal)
        failure = undefined
        alive = daemon
        current.resolve(daemon)
        onEvent({ type: 'started', version: daemon.version })
        const startedAt = performance.now()
        const death = await Promise.race([daemon.died, aborted(stop.signal)])
        alive = undefined
        await daemon[Symbol.asyncDispose]()
        renew()
        if (death === undefined) break
        if (performance.now() - startedAt >= steadyMs) deaths = 0
        onEvent({ type: 'died', reason: death.reason })
      } catch (error) {
        if (stop.signal.aborted) break
        failure = toHoldfastError(error)
        current.reject(failure)
        renew()
        onEvent({ type: 'start-failed', error: failure })
      }
      const waitMs = backOffMs[Math.min(deaths, backOffMs.length - 1)] ?? 0
      deaths += 1
      // Only disposing ends this wait early.
      await pause(waitMs, stop.signal).catch(() => {})
    }
  }
  const done = keepRunning()

  return {
    running: async ({ signal } = {}) => {
      if (stop.signal.aborted) throw new HoldfastError('RCLONE_DIED', 'rclone was stopped.')
      if (failure) throw failure
      if (signal === undefined) return await current.promise
      const daemon = await Promise.race([current.promise, aborted(signal)])
      if (daemon === undefined)
        throw new HoldfastError('CANCELLED', 'The work was cancelled while rclone was started again.')
      return daemon
    },
    current: () => alive,
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      current.reject(new HoldfastError('RCLONE_DIED', 'rclone was stopped.'))
      await done
    },
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}
