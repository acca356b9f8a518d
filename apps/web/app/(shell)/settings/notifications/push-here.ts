/**
 * Whether this browser can take pushes: `ready` was allowed before, `ask` will ask the person; `install` needs the app on
 * the home screen (iOS), `insecure` needs HTTPS.
 */
export type PushState = 'ready' | 'ask' | 'denied' | 'insecure' | 'install' | 'none'

export function canPush(): PushState {
  if (!window.isSecureContext) return 'insecure'
  const isApple = /iPhone|iPad/.test(navigator.userAgent)
  if (isApple && !window.matchMedia('(display-mode: standalone)').matches) return 'install'
  if (!('serviceWorker' in navigator) || !('PushManager' in window) || !('Notification' in window))
    return 'none'
  if (Notification.permission === 'denied') return 'denied'
  return Notification.permission === 'granted' ? 'ready' : 'ask'
}

/** What the agent needs to reach this browser. */
export type Subscription = { endpoint: string; p256dh: string; auth: string }

/**
 * Asks the person where needed, and subscribes. One with another agent's key is replaced. Rejects with NotAllowedError
 * when the person says no, AbortError when the push service can't be reached.
 */
export async function subscribeHere(vapidKey: string): Promise<Subscription> {
  if ((await Notification.requestPermission()) !== 'granted')
    throw new DOMException('Notifications were not allowed.', 'NotAllowedError')
  const { pushManager } = await navigator.serviceWorker.ready
  const known = await pushManager.getSubscription()
  if (known !== null && !hasKey(known, vapidKey)) await known.unsubscribe()
  const subscription = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: vapidKey })
  const { endpoint, keys } = subscription.toJSON()
  if (endpoint === undefined || keys?.p256dh === undefined || keys.auth === undefined)
    throw new DOMException('The browser gave no keys.', 'AbortError')
  return { endpoint, p256dh: keys.p256dh, auth: keys.auth }
}

/** Ends this browser's subscription; nothing to do without one. */
export async function unsubscribeHere(): Promise<void> {
  const registration = await navigator.serviceWorker.getRegistration()
  const known = await registration?.pushManager.getSubscription()
  await known?.unsubscribe()
}

function hasKey({ options }: PushSubscription, vapidKey: string): boolean {
  if (options.applicationServerKey === null) return false
  const bytes = String.fromCharCode(...new Uint8Array(options.applicationServerKey))
  return btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '') === vapidKey
}
