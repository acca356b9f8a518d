import { lookup as lookupName } from 'node:dns'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { HoldfastError } from '@holdfast/domain'
import { bareHost } from '@holdfast/host'

/** A request to somebody else's server, at an address that a client of ours chose. */
export type Outbound = {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string | number>>
  readonly body?: string | Uint8Array | undefined
  /** Also addresses of this machine and its network. */
  readonly allowPrivate: boolean
  /** Certificates to trust besides the usual ones, as PEM. */
  readonly ca?: string | undefined
  readonly signal: AbortSignal
}

export type OutboundAnswer = {
  readonly status: number
  /** The header `Retry-After` as milliseconds from now; undefined when there is none. */
  readonly retryAfterMs: number | undefined
  /** The first 500 characters. */
  readonly text: string
}

const ANSWER_BYTES = 64 * 1024
const ANSWER_SHOWN = 500

/**
 * Sends one request to the very address that was checked (a name that changes its mind in between gains nothing) and
 * follows no redirect. Rejects with REMOTE_REFUSED for an address that is not allowed, else with the network's error.
 */
export async function sendOutbound({
  url,
  method,
  headers,
  body,
  allowPrivate,
  ca,
  signal,
}: Outbound): Promise<OutboundAnswer> {
  const to = new URL(url)
  const { protocol } = to
  const host = bareHost(to)
  if (!allowPrivate && isIP(host) !== 0 && isPrivateAddress(host)) throw privateAddressRefused(host)
  const answered = Promise.withResolvers<OutboundAnswer>()
  const send = protocol === 'https:' ? requestHttps : requestHttp
  const request = send(url, {
    ...{ method, headers, signal, agent: false },
    ...(allowPrivate ? {} : { lookup: publicLookup }),
    ...(ca === undefined ? {} : { ca }),
  })
  request.on('error', answered.reject)
  request.on('response', (response) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const finish = () =>
      answered.resolve({
        status: response.statusCode ?? 0,
        retryAfterMs: retryAfter(response.headers['retry-after'], response.headers.date),
        text: Buffer.concat(chunks).toString('utf8').slice(0, ANSWER_SHOWN),
      })
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= ANSWER_BYTES) return void chunks.push(chunk)
      // Nobody needs the rest.
      finish()
      response.destroy()
    })
    response.on('end', finish)
    response.on('error', answered.reject)
  })
  request.end(body)
  return await answered.promise
}

/** Resolves a name to public addresses only; for `lookup` of Node's sockets. */
export const publicLookup: LookupFunction = (hostname, options, done) => {
  lookupName(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return done(error, '', 0)
    const open = addresses.filter(({ address }) => !isPrivateAddress(address))
    const [first] = open
    if (first === undefined) return done(privateAddressRefused(hostname), '', 0)
    if (options.all === true) return done(null, open)
    done(null, first.address, first.family)
  })
}

/** True for addresses that mean this machine, its network, or nobody: what nothing outside should make us reach. */
export function isPrivateAddress(address: string): boolean {
  // A BlockList holds IPv4 addresses against their IPv6-mapped form as well.
  return PRIVATE.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/** IANA's special-purpose registries, as far as they are not globally reachable. */
const PRIVATE = new BlockList()
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  PRIVATE.addSubnet(net, prefix, 'ipv4')
for (const [net, prefix] of [
  ['::', 128],
  ['::1', 128],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  PRIVATE.addSubnet(net, prefix, 'ipv6')

/** REMOTE_REFUSED, with what to do. */
export function privateAddressRefused(host: string): HoldfastError {
  return new HoldfastError('REMOTE_REFUSED', `${host} is an address of this machine or its network.`, {
    next: 'Allow private addresses for this channel if that is what you want.',
  })
}

/** Seconds or a date, as RFC 9110 has it; the date counts from the answer's own clock. */
function retryAfter(header: string | undefined, date: string | undefined): number | undefined {
  if (header === undefined) return undefined
  if (/^\d+$/.test(header)) return Number(header) * 1000
  const until = Date.parse(header)
  const from = Date.parse(date ?? '')
  return Number.isNaN(until) || Number.isNaN(from) ? undefined : Math.max(0, until - from)
}
