import type { ApiContext } from '@holdfast/api'
import { appRouter, ROLES, type Role } from '@holdfast/api'
import type { DeviceId } from '@holdfast/domain'
import { createAdaptorServer } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import { trpcServer } from '@hono/trpc-server'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Downloadable } from '../downloads/download-desk.ts'
import type { MetricsDesk } from '../metrics/metrics-desk.ts'
import { apiGuard, createOrigins, hostGuard, hostOf, refusal } from './guards.ts'
import { listenAt } from './listen-at.ts'
import { metricsResponse } from './metrics-response.ts'
import { PICTURE_POLICY, pictureResponse } from './picture-response.ts'
import { sendDownload } from './send-download.ts'
import type { Site } from './static-site.ts'

const BODY_LIMIT_BYTES = 1024 * 1024
/** A subscription's question stands in its address: a plan with hundreds of exclude rules has to fit. */
export const HEADER_LIMIT_BYTES = 64 * 1024
const BATCH_AT_MOST = 20

/** What the server needs to know of a request beside its tRPC input. */
export type Visit = {
  readonly headers: Headers
  readonly address: string
  /** True when the browser speaks HTTPS to us, if only through a proxy. */
  readonly secure: boolean
  setCookie(cookie: string): void
}

export type HttpServer = AsyncDisposable & {
  readonly address: string
  readonly port: number
  /** What this server answers with, for another listener to serve. */
  readonly fetch: Hono['fetch']
}

/**
 * Serves the API under /api/trpc and the screens everywhere else. Resolves when it listens; rejects with PORT_IN_USE.
 * Disposing takes no new requests, ends the open ones and resolves when every connection is closed.
 */
export async function startHttpServer(options: {
  bind: string
  port: number
  origins: readonly string[]
  /** Origins under which the local network reaches us now. */
  lanOrigins: () => readonly string[]
  site: Site
  /** Signs the visitor in; see sign-in.ts. */
  contextOf: (visit: Visit) => Promise<ApiContext>
  /** What a download link stands for, who may fetch it, and what ends it: the device's revocation. */
  download: (
    token: string,
    device: DeviceId,
  ) => { what: Downloadable; role: Role; stop: AbortSignal } | undefined
  metrics: MetricsDesk['read']
  onError: (path: string | undefined, error: unknown) => void
}): Promise<HttpServer> {
  let port = options.port
  const origins = createOrigins(options.origins, () => port, options.lanOrigins)
  const visitOf = (c: Context, setCookie: Visit['setCookie']): Visit => ({
    headers: c.req.raw.headers,
    address: getConnInfo(c).remote.address ?? 'unknown',
    secure: origins.ofHost(hostOf(c))?.startsWith('https:') ?? false,
    setCookie,
  })
  const app = new Hono()
  app.use('*', hostGuard(origins))
  app.use('/api/picture', async (c, next) => {
    await next()
    c.res.headers.set('content-security-policy', PICTURE_POLICY)
  })
  app.use('/api/*', apiGuard(origins))
  app.use(
    '/api/*',
    bodyLimit({
      maxSize: BODY_LIMIT_BYTES,
      onError: () => {
        const answer = refusal(413, 'INPUT_INVALID', 'The request is larger than 1 MiB.')
        // The rest of the body is not read, so nothing else can come over this connection.
        answer.headers.set('connection', 'close')
        return answer
      },
    }),
  )
  app.use('/api/trpc/*', async (c, next) => {
    await next()
    // tRPC names it for its streams; HTTP/2 has no such header, and Node warns of it.
    c.res.headers.delete('connection')
  })
  app.use(
    '/api/trpc/*',
    trpcServer({
      endpoint: '/api/trpc',
      router: appRouter,
      maxBatchSize: BATCH_AT_MOST,
      // A Record is what the adapter asks for; tRPC itself checks the context's type against the router.
      createContext: async ({ resHeaders }, c) => ({
        ...(await options.contextOf(visitOf(c, (cookie) => resHeaders.append('set-cookie', cookie)))),
      }),
      onError: ({ path, error }) => {
        // Everything else is a visitor's mistake and was answered: a stranger must not be able to fill the log.
        if (error.code === 'INTERNAL_SERVER_ERROR') options.onError(path, error.cause ?? error)
      },
    }),
  )
  app.get('/api/picture', async (c) => {
    const visitor = await options.contextOf(visitOf(c, (cookie) => c.header('set-cookie', cookie)))
    return pictureResponse(c.req.query(), visitor, c.req.raw.signal)
  })
  app.on(['GET', 'HEAD'], '/api/download/:token', async (c) => {
    const { device } = await options.contextOf(visitOf(c, () => undefined))
    if (device === undefined) return refusal(401, 'NOT_PAIRED', 'This device is not paired.')
    const found = options.download(c.req.param('token'), device.id)
    if (found === undefined) return refusal(404, 'INPUT_INVALID', 'This download link is not good any more.')
    if (ROLES.indexOf(device.role) < ROLES.indexOf(found.role))
      return refusal(403, 'NOT_ALLOWED', 'This device may not have this download.')
    return sendDownload(found.what, { method: c.req.method, headers: c.req.raw.headers }, found.stop)
  })
  app.all('/api/*', () => refusal(404, 'INPUT_INVALID', 'There is nothing at this address.'))
  app.get('/metrics', async (c) => {
    const token = /^Bearer ([A-Za-z0-9_-]{32,128})$/.exec(c.req.header('authorization') ?? '')?.[1]
    return metricsResponse(await options.metrics(token))
  })
  app.get('*', (c) =>
    options.site.respond({ path: c.req.path, method: c.req.method, headers: c.req.raw.headers }),
  )
  app.notFound(() => refusal(405, 'INPUT_INVALID', 'Only GET, please.'))
  app.onError((error) => {
    options.onError(undefined, error)
    return refusal(500, 'INTERNAL', 'Something unexpected happened.')
  })

  const server = createAdaptorServer({
    fetch: app.fetch,
    overrideGlobalObjects: false,
    serverOptions: { maxHeaderSize: HEADER_LIMIT_BYTES },
  })
  const listener = await listenAt(server, options.bind, options.port)
  port = listener.port
  const host = options.bind.includes(':') ? `[${options.bind}]` : options.bind
  return {
    port,
    fetch: app.fetch,
    address: `http://${['127.0.0.1', '0.0.0.0', '[::]', '[::1]'].includes(host) ? 'localhost' : host}:${port}`,
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  }
}
