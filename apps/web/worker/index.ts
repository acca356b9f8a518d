// Joined to the service worker that next-pwa makes. Only pushes: fetches and caches are the generated worker's.
declare const self: ServiceWorkerGlobalScope

export {}

type Shown = { title: string; body: string; tag: string; path: string; silent: boolean; badge: number }

const UNKNOWN: Shown = {
  title: 'News about your backups',
  body: 'Open Holdfast to see.',
  ...{ tag: 'unknown', path: '/', silent: false, badge: 0 },
}

// Every push shows something, also one that can't be read: browsers end subscriptions that stay silent.
self.addEventListener('push', (event) => {
  const shown = readPush(event.data)
  event.waitUntil(
    Promise.all([
      self.registration.showNotification(shown.title, {
        ...{ body: shown.body, tag: shown.tag, silent: shown.silent, data: { path: shown.path } },
        ...{ icon: '/icons/192.png', badge: '/icons/192.png' },
      }),
      setBadge(shown.badge),
    ]),
  )
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const data: unknown = event.notification.data
  const path = isRecord(data) && typeof data.path === 'string' ? data.path : '/'
  event.waitUntil(openAt(new URL(path, self.location.origin)))
})

/** Declarative Web Push JSON, as the agent sends it. */
function readPush(data: PushMessageData | null): Shown {
  try {
    const message: unknown = data?.json()
    const notification = isRecord(message) ? message.notification : undefined
    if (!isRecord(notification) || typeof notification.title !== 'string') return UNKNOWN
    const { title, body, tag, silent, app_badge: badge, data: more } = notification
    return {
      title,
      body: typeof body === 'string' ? body : '',
      tag: typeof tag === 'string' ? tag : UNKNOWN.tag,
      silent: silent === true,
      badge: Number(badge) || 0,
      path: isRecord(more) && typeof more.path === 'string' && more.path.startsWith('/') ? more.path : '/',
    }
  } catch {
    // Not JSON: somebody else's push, or a newer agent's.
    return UNKNOWN
  }
}

/**
 * One window is enough: the open one goes there and comes to the front. A new one is opened where there is none, or
 * where it may not be sent: a page that another worker still controls.
 */
async function openAt(url: URL): Promise<void> {
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const open = windows.find((client) => new URL(client.url).origin === url.origin)
  const there = await open?.navigate(url.href).catch(() => null)
  if (there) await there.focus()
  else await self.clients.openWindow(url.href)
}

async function setBadge(count: number): Promise<void> {
  if (!('setAppBadge' in navigator)) return
  await (count > 0 ? navigator.setAppBadge(count) : navigator.clearAppBadge())
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
