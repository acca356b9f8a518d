import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'

/** What the person in front of the consent page does; `ask` shows a page with two links. */
export type Consent = 'allow' | 'deny' | 'ask'

/** An OAuth 2 provider with a small Google Cloud Storage behind it, on a loopback port. */
export type OauthServer = AsyncDisposable & {
  /** Options of an rclone remote of the type `google cloud storage` that signs in and lists here. */
  readonly options: Record<string, string>
  readonly authUrl: string
  readonly tokenUrl: string
  consent: Consent
  /** When true every refresh is answered with `invalid_grant`, as after the person took the right back. */
  refuseRefresh: boolean
  /** Seconds that a new access token lasts. */
  lastsSeconds: number
  /** How often a token was given: for a code, and for a refresh token. */
  readonly given: { codes: number; refreshes: number }
  /** A token as rclone keeps it, as if somebody had signed in. */
  issueToken(): string
  /** Access and refresh tokens that were ever given out, for looking where they turn up. */
  readonly tokens: readonly string[]
}

/** Starts the provider. Authorization codes are good once; an access token only as long as it says. */
export async function startOauthServer(): Promise<OauthServer> {
  const codes = new Map<string, string>()
  const access = new Map<string, number>()
  const refresh = new Set<string>()
  const tokens: string[] = []
  const given = { codes: 0, refreshes: 0 }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The system gives no port.')
  const base = `http://127.0.0.1:${address.port}`

  const state: OauthServer = {
    options: {
      client_id: 'holdfast-test',
      client_secret: 'canary-client-secret',
      project_number: '1',
      auth_url: `${base}/auth`,
      token_url: `${base}/token`,
      endpoint: `${base}/storage/v1/`,
    },
    authUrl: `${base}/auth`,
    tokenUrl: `${base}/token`,
    consent: 'allow',
    refuseRefresh: false,
    lastsSeconds: 3600,
    given,
    tokens,
    issueToken: () =>
      JSON.stringify({ ...newToken(), token_type: 'Bearer', expiry: expiryOf(state.lastsSeconds) }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<ServerResponse> {
    const url = new URL(request.url ?? '/', base)
    if (url.pathname === '/auth') return askPerson(url, response)
    if (url.pathname === '/token') return giveToken(new URLSearchParams(await text(request)), response)
    if (!isSignedIn(request))
      return json(response, 401, { error: { code: 401, message: 'Invalid Credentials' } })
    return store(request, url, response)
  }

  function askPerson(url: URL, response: ServerResponse): ServerResponse {
    const back = new URL(url.searchParams.get('redirect_uri') ?? '')
    back.searchParams.set('state', url.searchParams.get('state') ?? '')
    const allowed = new URL(back)
    const code = randomBytes(8).toString('hex')
    codes.set(code, back.origin)
    allowed.searchParams.set('code', code)
    const denied = new URL(back)
    denied.searchParams.set('error', 'access_denied')
    denied.searchParams.set('error_description', 'The person said no')
    if (state.consent === 'ask')
      return response
        .writeHead(200, { 'content-type': 'text/html' })
        .end(`<title>Sign in</title><a href="${allowed.href}">Allow</a> <a href="${denied.href}">Deny</a>`)
    return response.writeHead(302, { location: (state.consent === 'allow' ? allowed : denied).href }).end()
  }

  function giveToken(form: URLSearchParams, response: ServerResponse): ServerResponse {
    const asked = form.get('grant_type')
    const isCode = asked === 'authorization_code' && codes.delete(form.get('code') ?? '')
    const isRefresh =
      asked === 'refresh_token' && !state.refuseRefresh && refresh.has(form.get('refresh_token') ?? '')
    if (!isCode && !isRefresh) return json(response, 400, { error: 'invalid_grant' })
    if (isCode) given.codes += 1
    else given.refreshes += 1
    return json(response, 200, { ...newToken(), token_type: 'Bearer', expires_in: state.lastsSeconds })
  }

  function newToken(): { access_token: string; refresh_token: string } {
    const token = { access_token: `access-${hex()}`, refresh_token: `refresh-${hex()}` }
    access.set(token.access_token, Date.now() + state.lastsSeconds * 1000)
    refresh.add(token.refresh_token)
    tokens.push(token.access_token, token.refresh_token)
    return token
  }

  function isSignedIn(request: IncomingMessage): boolean {
    const token = (request.headers.authorization ?? '').replace(/^Bearer /, '')
    return (access.get(token) ?? 0) > Date.now()
  }

  /** Of the storage's API only what listing needs. */
  function store(request: IncomingMessage, url: URL, response: ServerResponse): ServerResponse {
    if (request.method !== 'GET') return json(response, 405, {})
    if (url.pathname === '/storage/v1/b')
      return json(response, 200, { items: [{ name: 'bucket', timeCreated: '2026-01-01T00:00:00Z' }] })
    if (url.pathname.endsWith('/o')) return json(response, 200, { items: [] })
    return json(response, 404, { error: { code: 404, message: 'Not Found' } })
  }

  return state
}

function expiryOf(lastsSeconds: number): string {
  return new Date(Date.now() + lastsSeconds * 1000).toISOString()
}

function hex(): string {
  return randomBytes(12).toString('hex')
}

function json(response: ServerResponse, status: number, body: object): ServerResponse {
  return response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
