import { createServer, type IncomingHttpHeaders } from 'node:http'
import { createServer as createTlsServer } from 'node:https'

export type Received = {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** A server that keeps what it gets and answers what it is told, 200 otherwise. */
export async function startHttpReceiver(tls?: { key: string; cert: string }) {
  const received: Received[] = []
  const answers: { status: number; headers?: Record<string, string>; body?: string }[] = []
  const waiting: (() => void)[] = []
  const listener: Parameters<typeof createServer>[1] = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      received.push({ method, path: url, headers, body: Buffer.concat(chunks) })
      const { status, headers: fields, body } = answers.shift() ?? { status: 200 }
      response.writeHead(status, fields).end(body)
      for (const done of waiting.splice(0)) done()
    })
  }
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    ...{ received, answers, port, host: `localhost:${port}` },
    url: `${tls === undefined ? 'http' : 'https'}://localhost:${port}`,
    /** Until `count` requests came. */
    async until(count: number) {
      while (received.length < count) await new Promise<void>((resolve) => waiting.push(resolve))
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
