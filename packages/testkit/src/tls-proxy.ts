import { type IncomingMessage, request, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'

/**
 * A proxy on a loopback port that has the certificate, as Caddy, nginx or a tailnet's node do: it ends TLS and passes
 * each request on, its Host header with it, to a plain HTTP server. Disposing closes it and all its connections.
 */
export type TlsProxy = AsyncDisposable & {
  readonly port: number
  /** Requests go to that loopback port from now on; before, they are answered 502. */
  leadTo(port: number): void
}

export async function startTlsProxy(certificate: { key: string; cert: string }): Promise<TlsProxy> {
  let target: number | undefined
  const server = createServer(certificate, (near, answer) => {
    if (target === undefined) answer.writeHead(502).end()
    else passOn(near, answer, target)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The system gives no port.')
  return {
    port: address.port,
    leadTo(port) {
      target = port
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

function passOn(near: IncomingMessage, answer: ServerResponse, port: number): void {
  const { method, url: path, headers } = near
  const far = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers)
    response.pipe(answer)
  })
  far.on('error', () => answer.destroy())
  answer.on('close', () => far.destroy())
  near.pipe(far)
}
