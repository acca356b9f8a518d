import { createServer } from 'node:net'

/** A loopback port that nobody listens on now; somebody else may take it before its user does. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('The system gives no port.')
  return address.port
}
