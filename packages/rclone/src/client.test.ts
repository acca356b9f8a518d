import { createServer, type RequestListener } from 'node:http'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { connectRclone } from './client.ts'

/** Something that answers in rclone's place, as badly as a remote or a proxy can make it. */
async function answering(listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const client = connectRclone({ url: `http://127.0.0.1:${address.port}`, user: 'u', password: 'p' })
  return {
    client,
    server,
    [Symbol.asyncDispose]: async () => {
      client[Symbol.dispose]()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const range = { offset: 10, length: 5 }

describe('The client of rclone', () => {
  test.each<[string, RequestListener]>([
    [
      'ignores the range',
      (_, answer) => answer.writeHead(200, { 'content-length': 100 }).end(Buffer.alloc(100)),
    ],
    [
      'gives another range',
      (_, answer) =>
        answer.writeHead(206, { 'content-length': 5, 'content-range': 'bytes 0-4/100' }).end(Buffer.alloc(5)),
    ],
    [
      'gives fewer bytes than the range',
      (_, answer) =>
        answer
          .writeHead(206, { 'content-length': 3, 'content-range': 'bytes 10-12/13' })
          .end(Buffer.alloc(3)),
    ],
    [
      'breaks off in the middle',
      (_, answer) => {
        answer.writeHead(206, { 'content-length': 5, 'content-range': 'bytes 10-14/100' })
        answer.write(Buffer.alloc(2), () => answer.destroy())
      },
    ],
    [
      'says no length',
      (_, answer) => answer.writeHead(206, { 'content-range': 'bytes 10-14/100' }).end('12345'),
    ],
    ['finds the range outside', (_, answer) => answer.writeHead(416).end()],
  ])('says REMOTE_LIES when the answer %s', async (_, listener) => {
    await using rclone = await answering(listener)
    await expect(rclone.client.read('/vault', 'a', range)).rejects.toMatchObject({ code: 'REMOTE_LIES' })
  })

  test('takes exactly what was asked for', async () => {
    await using rclone = await answering((request, answer) => {
      expect(request.headers.range).toBe('bytes=10-14')
      answer.writeHead(206, { 'content-length': 5, 'content-range': 'bytes 10-14/100' }).end('12345')
    })
    expect(Buffer.from(await rclone.client.read('/vault', 'a', range)).toString()).toBe('12345')
  })

  test('sends the one content type that every version understands', async () => {
    await using rclone = await answering((request, answer) => {
      answer.end(
        JSON.stringify({ type: request.headers['content-type'], user: request.headers.authorization }),
      )
    })
    const answer = await rclone.client.call(
      'core/version',
      {},
      z.object({ type: z.string(), user: z.string() }),
    )
    expect(answer).toEqual({ type: 'application/json', user: 'Basic dTpw' })
  })

  test('asks again when a kept connection turns out to be closed, but only what changes nothing', async () => {
    let calls = 0
    await using rclone = await answering((request, answer) => {
      calls += 1
      // The second call on a connection meets its end, as at a server that just went to sleep.
      if (calls % 2 === 0) request.socket.destroy()
      else answer.end('{}')
    })
    const ask = (repeatable: boolean) => rclone.client.call('core/version', {}, z.object({}), { repeatable })
    await ask(true)
    await ask(true)
    expect(calls).toBe(3)
    await expect(ask(false)).rejects.toMatchObject({ code: 'RCLONE_DIED' })
  })

  test('ends a call that hangs when its signal aborts', async () => {
    await using rclone = await answering(() => {})
    const stop = new AbortController()
    const call = rclone.client.call('core/version', {}, z.object({}), { signal: stop.signal })
    const read = rclone.client.read('/vault', 'a', undefined, { signal: stop.signal })
    stop.abort()
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' })
    await expect(read).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  test('does not believe an answer of another form', async () => {
    await using rclone = await answering((request, answer) =>
      answer.end(request.url === '/a' ? 'hello' : '{"x":1}'),
    )
    const schema = z.object({ version: z.string() })
    await expect(rclone.client.call('a', {}, schema)).rejects.toMatchObject({ code: 'INTERNAL' })
    await expect(rclone.client.call('b', {}, schema)).rejects.toMatchObject({ code: 'INTERNAL' })
  })
})
