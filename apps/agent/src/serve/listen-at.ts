import type { Server, Socket } from 'node:net'
import { HoldfastError } from '@holdfast/domain'

/** A server that listens. Disposing ends its connections and resolves when it is closed. */
export type Listener = AsyncDisposable & { readonly port: number }

/** Makes a server of `node:http` or `node:http2` listen; 0 takes any free port. Rejects with PORT_IN_USE. */
export async function listenAt(server: Server, bind: string, port: number): Promise<Listener> {
  // HTTP/2 servers have no closeAllConnections.
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const listening = Promise.withResolvers<void>()
  server.once('error', listening.reject)
  server.listen(port, bind, listening.resolve)
  try {
    await listening.promise
  } catch (cause) {
    const taken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE'
    if (taken) throw new HoldfastError('PORT_IN_USE', `Port ${port} of ${bind} is in use.`, { cause })
    throw cause
  } finally {
    server.off('error', listening.reject)
  }
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    async [Symbol.asyncDispose]() {
      const closed = Promise.withResolvers<void>()
      server.close(() => closed.resolve())
      for (const socket of sockets) socket.destroy()
      await closed.promise
    },
  }
}
