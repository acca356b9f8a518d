/** One at a time for each key, in the order of asking. */
export type Turns<Key> = {
  /** Resolves when it is this one's turn, or when `signal` aborts: who is cancelled does not wait. Always leave. */
  take(key: Key, signal: AbortSignal): Promise<{ leave(): void }>
}

/** Two runs of one machine in one vault would draw the same snapshot number: they take turns. */
export function createTurns<Key>(): Turns<Key> {
  const last = new Map<Key, Promise<void>>()
  return {
    async take(key, signal) {
      const before = last.get(key) ?? Promise.resolve()
      const { promise, resolve } = Promise.withResolvers<void>()
      const mine = before.then(() => promise)
      last.set(key, mine)
      // Over only when those before are over too: one that left early must not open the way for the next.
      void mine.then(() => {
        if (last.get(key) === mine) last.delete(key)
      })
      const cancelled = Promise.withResolvers<void>()
      const cancel = () => cancelled.resolve()
      signal.addEventListener('abort', cancel)
      if (signal.aborted) cancel()
      await Promise.race([before, cancelled.promise])
      signal.removeEventListener('abort', cancel)
      return { leave: resolve }
    },
  }
}
