import { X509Certificate } from 'node:crypto'
import { connect, type DetailedPeerCertificate } from 'node:tls'
import { HoldfastError } from '@holdfast/domain'
import { bareHost } from './bare-host.ts'

const CONNECT_MS = 15_000

/** What an HTTPS server shows to somebody who does not know it yet. */
export type ShownCertificate = {
  /** The last certificate of its chain, PEM: its authority, or itself. */
  readonly authority: string
  /** SHA-256 of that one, `AB:CD:…`. */
  readonly fingerprint: string
  /** Whether Node trusts it by itself, and the name is right. */
  readonly trusted: boolean
}

/** Asks for it and sends nothing else. AGENT_UNREACHABLE when nobody answers, or not by TLS. */
export async function shownCertificate(origin: string, signal: AbortSignal): Promise<ShownCertificate> {
  const url = new URL(origin)
  const host = bareHost(url)
  const { port } = url
  const done = Promise.withResolvers<ShownCertificate>()
  const isName = !/^[\d.]+$|:/.test(host)
  const socket = connect({
    ...{ host, port: port === '' ? 443 : Number(port), timeout: CONNECT_MS },
    // Nothing is sent before a person has compared the fingerprint.
    rejectUnauthorized: false,
    ...(isName && { servername: host }),
  })
  const stop = () => socket.destroy(new Error('it was cancelled'))
  signal.addEventListener('abort', stop, { once: true })
  socket.once('secureConnect', () => {
    const certificate = new X509Certificate(topOf(socket.getPeerCertificate(true)).raw)
    done.resolve({
      ...{ authority: certificate.toString(), fingerprint: certificate.fingerprint256 },
      trusted: socket.authorized,
    })
  })
  socket.once('timeout', () => socket.destroy(new Error('it took too long')))
  socket.once('error', done.reject)
  try {
    return await done.promise
  } catch (cause) {
    signal.throwIfAborted()
    throw new HoldfastError('AGENT_UNREACHABLE', `Nobody answers at ${origin}.`, {
      ...{
        cause,
        next: 'Check the address with `holdfast lan` on that machine, and the network in between.',
      },
    })
  } finally {
    signal.removeEventListener('abort', stop)
    socket.destroy()
  }
}

function topOf(certificate: DetailedPeerCertificate): DetailedPeerCertificate {
  const issuer: DetailedPeerCertificate | undefined = certificate.issuerCertificate
  const isLast = issuer === undefined || issuer.fingerprint256 === certificate.fingerprint256
  return isLast ? certificate : topOf(issuer)
}
