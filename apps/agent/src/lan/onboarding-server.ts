import { X509Certificate } from 'node:crypto'
import { createServer } from 'node:http'
import { type Listener, listenAt } from '../serve/listen-at.ts'
import { appleProfile, onboardingPage } from './onboarding-page.ts'

/** What the page tells: never a secret, for it goes over the network in the clear. */
export type Onboarding = {
  readonly origin: string
  readonly host: string
  /** The authority to trust, PEM. */
  readonly authority: string
}

const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}

/**
 * Serves the page that tells how to trust this home's authority, and the authority itself, over plain HTTP: nothing else,
 * no cookie, no API. `told` is asked anew for each request; undefined answers 404.
 */
export async function serveOnboarding(options: {
  readonly port: number
  readonly bind: string
  readonly told: () => Onboarding | undefined
}): Promise<Listener> {
  const server = createServer((request, response) => {
    const told = options.told()
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    const found = told === undefined ? undefined : answerTo(path, told)
    const allowed = request.method === 'GET' || request.method === 'HEAD'
    const { status, type, body, name } =
      found !== undefined && allowed
        ? found
        : { status: allowed ? 404 : 405, type: 'text/plain', body: 'Nothing is here.\n', name: undefined }
    response.writeHead(status, {
      ...HEADERS,
      'content-type': type,
      'content-length': Buffer.byteLength(body),
      ...(name === undefined ? {} : { 'content-disposition': `attachment; filename="${name}"` }),
    })
    response.end(request.method === 'HEAD' ? undefined : body)
  })
  server.headersTimeout = 10_000
  server.requestTimeout = 10_000
  server.maxConnections = 64
  return await listenAt(server, options.bind, options.port)
}

type Answer = { status: number; type: string; body: string | Buffer; name?: string }

function answerTo(path: string, told: Onboarding): Answer | undefined {
  const { raw } = new X509Certificate(told.authority)
  if (path === '/') return { status: 200, type: 'text/html; charset=utf-8', body: onboardingPage(told) }
  if (path === '/holdfast-ca.crt')
    return { status: 200, type: 'application/x-x509-ca-cert', body: raw, name: 'holdfast-ca.crt' }
  if (path === '/holdfast.mobileconfig')
    return {
      ...{ status: 200, type: 'application/x-apple-aspen-config', name: 'holdfast.mobileconfig' },
      body: appleProfile(raw, told.host),
    }
  return undefined
}
