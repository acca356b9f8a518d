import { connect, createServer, type Server, type Socket } from 'node:net'

/**
 * A loopback port that leads to another one, and can be broken at a given byte: tests of a remote that hangs or goes
 * away in the middle then depend on no clock. Disposing closes it and all its connections.
 */
export type BreakableLine = AsyncDisposable & {
  readonly port: number
  /** Passes so many more bytes towards the server, then nothing more either way; resolves when that point is reached. */
  holdAfter(bytes: number): Promise<void>
  /** As `holdAfter`, but then closes every connection and refuses new ones, as a server that went away does. */
  cutAfter(bytes: number): Promise<void>
  /** Works again: held connections are closed, new ones pass. */
  mend(): Promise<void>
}

type Break = { left: number; readonly how: 'hold' | 'cut'; readonly reached: () => void }

export async function openBreakableLine(serverPort: number): Promise<BreakableLine> {
  const sockets = new Set<Socket>()
  let broken = false
  let next: Break | undefined
  const server = createServer((near) => {
    const far = connect(serverPort, '127.0.0.1')
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket)
      // What a broken connection says is what the test wants; the other end shall see it closed.
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
      socket.on('data', (bytes) => pass(bytes, socket === near, other))
    }
  })
  const port = await listen(server, 0)

  function pass(bytes: Buffer, up: boolean, to: Socket): void {
    if (broken) return
    if (next !== undefined && up) {
      next.left -= bytes.length
      if (next.left < 0) {
        breakNow(next)
        return
      }
    }
    to.write(bytes)
  }
  function breakNow({ how, reached }: Break): void {
    broken = true
    next = undefined
    if (how === 'hold') reached()
    else {
      server.close(reached)
      closeAll()
    }
  }
  function closeAll(): void {
    for (const socket of sockets) socket.destroy()
  }
  const breakAfter = (how: Break['how']) => (bytes: number) =>
    new Promise<void>((reached) => {
      next = { left: bytes, how, reached }
    })

  return {
    port,
    holdAfter: breakAfter('hold'),
    cutAfter: breakAfter('cut'),
    async mend() {
      closeAll()
      broken = false
      if (!server.listening) await listen(server, port)
    },
    async [Symbol.asyncDispose]() {
      const closed = server.listening ? new Promise<unknown>((resolve) => server.close(resolve)) : undefined
      closeAll()
      await closed
    },
  }
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The system gives no port.')
  return address.port
}
