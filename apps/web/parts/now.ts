import { useSyncExternalStore } from 'react'

const TICK_MS = 20_000
const listeners = new Set<() => void>()
let now = new Date(0)
let timer: ReturnType<typeof setInterval> | undefined

/** The time, told again every twenty seconds to everyone at once. The only reader of the clock in the app. */
export function useNow(): Date {
  return useSyncExternalStore(listen, read, () => EPOCH)
}

const EPOCH = new Date(0)

function read(): Date {
  if (now.getTime() === 0) now = new Date()
  return now
}

function listen(listener: () => void): () => void {
  listeners.add(listener)
  now = new Date()
  timer ??= setInterval(() => {
    now = new Date()
    for (const tell of listeners) tell()
  }, TICK_MS)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}
