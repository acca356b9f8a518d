import type { TopState } from './top-state.ts'

/** The state of the screen, and who wants to hear of changes; fits React's `useSyncExternalStore`. */
export type TopStore = {
  get(): TopState
  update(change: (state: TopState) => TopState): void
  subscribe(listener: () => void): () => void
}

export function createTopStore(first: TopState): TopStore {
  let state = first
  const listeners = new Set<() => void>()
  return {
    get: () => state,
    update(change) {
      const next = change(state)
      if (next === state) return
      state = next
      for (const listener of listeners) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
