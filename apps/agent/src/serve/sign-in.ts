import { createHash, timingSafeEqual } from 'node:crypto'
import type { ApiContext, ApiPorts, Device } from '@holdfast/api'
import { DAY_MS, DeviceId, MINUTE_MS } from '@holdfast/domain'
import type { DeviceStore } from '@holdfast/history'
import type { Visit } from './http-server.ts'

/** Who the CLI of the machine's own user is. */
export const CLI_DEVICE: Device = { id: DeviceId.parse('this-machine'), name: 'This machine', role: 'owner' }

const SESSION_LIFE_S = (180 * DAY_MS) / 1000
const TOUCH_EVERY_MS = MINUTE_MS

/** SHA-256 as hex: what is kept of a session and a device's secret. Both are 256 random bits, so no stretching. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/**
 * Makes the API's context of a request: finds the device by its session cookie, or the CLI by its token. A session that
 * is not known is the same as none. `revokedSignal` aborts when the device is revoked.
 */
export function createSignIn(parts: {
  devices: DeviceStore
  ports: ApiPorts
  cliToken: string
  now: () => Date
  revokedSignal: (id: DeviceId) => AbortSignal
  isConfirmed: (id: DeviceId) => boolean
  events: (
    lastEventId: string | undefined,
    signal: AbortSignal,
    revoked: AbortSignal,
  ) => ReturnType<ApiPorts['events']>
  onError: (error: unknown) => void
}): (visit: Visit) => Promise<ApiContext> {
  const touched = new Map<DeviceId, number>()

  function touch(id: DeviceId): void {
    const now = parts.now()
    if (now.getTime() - (touched.get(id) ?? 0) < TOUCH_EVERY_MS) return
    touched.set(id, now.getTime())
    parts.devices.touch(id, now).catch(parts.onError)
  }

  async function visitor(visit: Visit): Promise<{ device: Device | undefined; secretShown: boolean }> {
    const bearer = /^Bearer ([A-Za-z0-9_-]{32,128})$/.exec(visit.headers.get('authorization') ?? '')?.[1]
    if (bearer !== undefined && sameSecret(hashOf(bearer), hashOf(parts.cliToken)))
      return { device: CLI_DEVICE, secretShown: true }
    const session = readCookie(visit.headers.get('cookie'), cookieName(visit.secure))
    const stored = session === undefined ? undefined : await parts.devices.findBySessionHash(hashOf(session))
    const idleMs = parts.now().getTime() - (stored?.lastSeenAt.getTime() ?? 0)
    if (stored === undefined || session === undefined || idleMs > SESSION_LIFE_S * 1000)
      return { device: undefined, secretShown: false }
    // The session lives on while it is used.
    if (idleMs > DAY_MS) visit.setCookie(sessionCookie(session, visit.secure))
    touch(stored.id)
    const secret = visit.headers.get('x-holdfast-device')
    const secretShown = secret !== null && sameSecret(hashOf(secret), stored.secretHash)
    return { device: { id: stored.id, name: stored.name, role: stored.role }, secretShown }
  }

  return async (visit) => {
    const { device, secretShown } = await visitor(visit)
    const ports: ApiPorts =
      device === undefined
        ? parts.ports
        : {
            ...parts.ports,
            events: (last, signal) => parts.events(last, signal, parts.revokedSignal(device.id)),
          }
    return {
      ports,
      device,
      secretShown,
      confirmed: device !== undefined && (device.id === CLI_DEVICE.id || parts.isConfirmed(device.id)),
      address: visit.address,
      setSession: (session) => visit.setCookie(sessionCookie(session, visit.secure)),
    }
  }
}

function cookieName(secure: boolean): string {
  return secure ? '__Host-holdfast-session' : 'holdfast-session'
}

function sessionCookie(session: string, secure: boolean): string {
  const base = `${cookieName(secure)}=${session}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${SESSION_LIFE_S}`
  return secure ? `${base}; Secure` : base
}

function readCookie(header: string | null, name: string): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const [key, value] = pair.trim().split('=', 2)
    if (key === name && value !== undefined && /^[A-Za-z0-9_-]{20,128}$/.test(value)) return value
  }
  return undefined
}

function sameSecret(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
