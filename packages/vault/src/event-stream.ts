import { HoldfastError } from '@holdfast/domain'

/**
 * Runs work that emits events and yields them in order; ends after the work has. Of events that `coalesce` calls alike
 * only the newest waits, so a slow reader never fills memory with progress. Leaving the loop early aborts the work and
 * waits for it. What `signal` interrupts ends as CANCELLED.
 */
export async function* eventStream<E>(
  work: (emit: (event: E) => void, signal: AbortSignal) => Promise<E>,
  options: { signal: AbortSignal | undefined; coalesce: (event: E) => boolean },
): AsyncGenerator<E, void, undefined> {
  const stop = new AbortController()
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal])
  const queue: E[] = []
  let wake: (() => void) | undefined
  let state: { kind: 'running' } | { kind: 'done' } | { kind: 'failed'; error: unknown } = { kind: 'running' }

  const emit = (event: E): void => {
    const newest = queue[queue.length - 1]
    if (newest !== undefined && options.coalesce(event) && options.coalesce(newest)) queue.pop()
    queue.push(event)
    wake?.()
  }
  const finished = work(emit, signal).then(
    (last) => {
      emit(last)
      state = { kind: 'done' }
      wake?.()
    },
    (error: unknown) => {
      state = { kind: 'failed', error }
      wake?.()
    },
  )
  const outcome = (): typeof state => state

  try {
    for (;;) {
      const event = queue.shift()
      if (event !== undefined) {
        yield event
        continue
      }
      const now = outcome()
      if (now.kind === 'failed') throw signal.aborted ? cancelled(now.error) : now.error
      if (now.kind === 'done') return
      await new Promise<void>((resolve) => {
        wake = resolve
      })
      wake = undefined
    }
  } finally {
    stop.abort()
    await finished
  }
}

/** What a step threw because of the signal, whatever the signal's reason is. */
function cancelled(error: unknown): unknown {
  return error instanceof HoldfastError
    ? error
    : new HoldfastError('CANCELLED', 'The work was cancelled.', { cause: error })
}
