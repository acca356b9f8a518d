import { type ErrorCode, HoldfastError } from '@holdfast/domain'
import type { Context, MiddlewareHandler } from 'hono'
import { COMMON_HEADERS, NOTHING_POLICY } from './content-policy.ts'

/** Where this agent may be reached: `localhost` names with its port, and what is configured. */
export type Origins = {
  /** The origin that a Host header stands for, undefined when it is not ours. */
  ofHost(host: string | null): string | undefined
}

/** `port` and what the local network reaches us under are asked late: they are known only once servers listen. */
export function createOrigins(
  configured: readonly string[],
  port: () => number,
  onNetwork: () => readonly string[] = () => [],
): Origins {
  const byHost = new Map(configured.map((origin) => [new URL(origin).host, origin]))
  return {
    ofHost(host) {
      if (host === null) return undefined
      const known = byHost.get(host)
      if (known !== undefined) return known
      const served = onNetwork().find((origin) => new URL(origin).host === host)
      if (served !== undefined) return served
      const local = ['localhost', '127.0.0.1', '[::1]'].some((name) => host === `${name}:${port()}`)
      return local ? `http://${host}` : undefined
    },
  }
}

/** What the visitor calls us. HTTP/2 has no Host header: there it is the authority, which the request's URL is made of. */
export function hostOf({ req }: Context): string | null {
  return req.header('host') ?? URL.parse(req.raw.url)?.host ?? null
}

/** A Host that is not ours (a rebound DNS name, a wrong proxy) gets 421 for every path. */
export function hostGuard(origins: Origins): MiddlewareHandler {
  return async (c, next) => {
    if (origins.ofHost(hostOf(c)) === undefined)
      return refusal(421, 'NOT_ALLOWED', 'This address is not one that the agent answers under.')
    await next()
    return undefined
  }
}

/**
 * What must hold before tRPC sees a request: no other site's page sent it (cookies ignore ports, so another service on
 * this host counts as another site), and a body is JSON, which no form can send.
 */
export function apiGuard(origins: Origins): MiddlewareHandler {
  return async (c, next) => {
    const site = c.req.header('sec-fetch-site')
    const origin = c.req.header('origin')
    const own = origins.ofHost(hostOf(c))
    if (
      (site !== undefined && site !== 'same-origin' && site !== 'none') ||
      (origin !== undefined && origin !== own)
    )
      return refusal(403, 'NOT_ALLOWED', 'Another site may not use this agent.')
    if (!['GET', 'HEAD', 'POST'].includes(c.req.method))
      return refusal(405, 'INPUT_INVALID', 'Only GET and POST, please.')
    if (c.req.method === 'POST' && !isJson(c.req.header('content-type')))
      return refusal(415, 'INPUT_INVALID', 'Only application/json, please.')
    await next()
    c.res.headers.set('cache-control', 'no-store')
    c.res.headers.set('content-security-policy', NOTHING_POLICY)
    for (const [name, value] of Object.entries(COMMON_HEADERS)) c.res.headers.set(name, value)
    return undefined
  }
}

/** A refusal before tRPC, in the shape of a tRPC error so that clients read one kind only. */
export function refusal(status: number, code: ErrorCode, message: string): Response {
  const { next, retryable } = new HoldfastError(code, message)
  const error = { code: -32_600, message, data: { code, next, retryable, fields: {}, httpStatus: status } }
  return Response.json(
    { error },
    {
      status,
      headers: { ...COMMON_HEADERS, 'content-security-policy': NOTHING_POLICY, 'cache-control': 'no-store' },
    },
  )
}

function isJson(contentType: string | undefined): boolean {
  return contentType?.split(';')[0]?.trim().toLowerCase() === 'application/json'
}
