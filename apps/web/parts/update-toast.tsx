'use client'

import { X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Button } from './button.tsx'

const CHECK_EVERY_MS = 60 * 60 * 1000
/** The worker fetches the whole app when it is installed, which would compete with the first screen. */
const AFTER_LOAD_MS = 4000

/**
 * Registers the service worker, and says when a new version of the app is ready. Only the tab that asks for it is loaded
 * anew: what somebody types in another one stays, and that one goes on saying it.
 */
export function UpdateToast() {
  const [newer, setNewer] = useState<ServiceWorker>()
  const asked = useRef(false)

  useEffect(() => {
    if (process.env.NODE_ENV !== 'production' || !('serviceWorker' in navigator)) return
    const stop = new AbortController()
    const show = (worker: ServiceWorker) => {
      setNewer(worker)
      const reloadWhoAsked = () => {
        if (worker.state === 'activated' && asked.current) location.reload()
      }
      worker.addEventListener('statechange', reloadWhoAsked, { signal: stop.signal })
    }
    const begin = () => {
      watch(show, stop.signal).catch((error: unknown) =>
        console.warn('The app works, but not offline:', error),
      )
    }
    let timer: ReturnType<typeof setTimeout> | undefined
    const loaded = () => {
      timer = setTimeout(begin, AFTER_LOAD_MS)
    }
    if (document.readyState === 'complete') loaded()
    else addEventListener('load', loaded, { once: true, signal: stop.signal })
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [])

  const reload = () => {
    if (newer === undefined) return
    asked.current = true
    // Another tab may have let it in already.
    if (newer.state === 'activated') location.reload()
    else newer.postMessage({ type: 'SKIP_WAITING' })
  }

  return (
    <div role="status">
      {newer !== undefined && (
        <div className="arrive fixed inset-x-3 bottom-[calc(80px+env(safe-area-inset-bottom))] z-30 mx-auto flex max-w-md flex-wrap items-center justify-end gap-x-3 gap-y-1 rounded-card border border-edge bg-card py-2 pr-2 pl-4 shadow-lift rail:right-6 rail:bottom-6 rail:left-auto rail:mx-0">
          <span className="min-w-[11em] grow text-[15px] font-semibold">A new version is ready</span>
          <span className="flex gap-1">
            <Button look="primary" onClick={reload}>
              Reload
            </Button>
            <Button look="plain" size="icon" aria-label="Not now" onClick={() => setNewer(undefined)}>
              <X aria-hidden className="size-5" />
            </Button>
          </span>
        </div>
      )}
    </div>
  )
}

async function watch(onNewer: (worker: ServiceWorker) => void, signal: AbortSignal): Promise<void> {
  const { serviceWorker } = navigator
  const registration = await serviceWorker.register('/sw.js', { updateViaCache: 'none' })
  if (signal.aborted) return
  // The first worker of all brings nothing newer than this page.
  const follow = (worker: ServiceWorker | null) => {
    if (worker === null || registration.active === null) return
    let shown = false
    const look = () => {
      // One that waits for no tab is never seen waiting.
      if (shown || (worker.state !== 'installed' && worker.state !== 'activated')) return
      shown = true
      onNewer(worker)
    }
    look()
    worker.addEventListener('statechange', look, { signal })
  }
  follow(registration.waiting)
  follow(registration.installing)
  registration.addEventListener('updatefound', () => follow(registration.installing), { signal })
  // An update check fails when the agent is off: the next one comes.
  const check = () => void registration.update().catch(() => undefined)
  const timer = setInterval(check, CHECK_EVERY_MS)
  signal.addEventListener('abort', () => clearInterval(timer))
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && check(), {
    signal,
  })
}
