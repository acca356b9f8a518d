'use client'

import { useEffect, useState } from 'react'
import { Button } from './button.tsx'

const CHECK_EVERY_MS = 60 * 60 * 1000

/** Registers the service worker, and says when a new version of the app waits to be shown. */
export function UpdateToast() {
  const [waiting, setWaiting] = useState<ServiceWorker>()

  useEffect(() => {
    if (process.env.NODE_ENV !== 'production' || !('serviceWorker' in navigator)) return
    const stop = new AbortController()
    watch(setWaiting, stop.signal).catch((error: unknown) =>
      console.warn('The app works, but not offline:', error),
    )
    return () => stop.abort()
  }, [])

  if (waiting === undefined) return null
  return (
    <div
      role="status"
      className="arrive fixed inset-x-3 bottom-[calc(88px+env(safe-area-inset-bottom))] z-30 mx-auto flex max-w-md items-center justify-between gap-3 rounded-card border border-line bg-card py-2 pr-2 pl-4 shadow-lift rail:bottom-6"
    >
      <span className="font-semibold">New version</span>
      <Button look="primary" onClick={() => waiting.postMessage({ type: 'SKIP_WAITING' })}>
        Reload
      </Button>
    </div>
  )
}

async function watch(onWaiting: (worker: ServiceWorker) => void, signal: AbortSignal): Promise<void> {
  const { serviceWorker } = navigator
  const hadController = serviceWorker.controller !== null
  const registration = await serviceWorker.register('/sw.js', { updateViaCache: 'none' })
  if (signal.aborted) return
  const look = () => {
    if (registration.waiting && hadController) onWaiting(registration.waiting)
  }
  look()
  registration.addEventListener(
    'updatefound',
    () => registration.installing?.addEventListener('statechange', look, { signal }),
    { signal },
  )
  // The old page would ask the new worker for chunks that are gone.
  serviceWorker.addEventListener('controllerchange', () => hadController && location.reload(), { signal })
  // An update check fails when the agent is off: the next one comes.
  const check = () => void registration.update().catch(() => undefined)
  const timer = setInterval(check, CHECK_EVERY_MS)
  signal.addEventListener('abort', () => clearInterval(timer))
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && check(), {
    signal,
  })
}
