import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http'
import type { CallOptions } from '@holdfast/vault/ports'
import type { z } from 'zod'
import {
  type Attempt,
  answerError,
  cancelledError,
  liesError,
  transportError,
  unknownAnswer,
} from './errors.ts'

/** Where a running rclone answers, and with which credentials. Plain data: it can be handed to another process. */
export type RcloneAddress = { readonly url: string; readonly user: string; readonly password: string }

export type RcloneAnswer = { readonly status: number; readonly body: string }

export type RcloneCallOptions = CallOptions & {
  readonly attempt?: Attempt
  /** Asked again once when a kept connection turns out to be closed. Only for calls that change nothing. */
  readonly repeatable?: boolean
}

/**
 * Speaks to one rclone. Every method rejects with a HoldfastError (errors.ts); an aborted `signal` closes the
 * connection, by which rclone ends the call. Any number of calls may run at once: callers limit themselves.
 */
export type RcloneClient = Disposable & {
  /** Calls a method of the remote control and parses what it answers. */
  call<Schema extends z.ZodType>(
    method: string,
    parameters: object,
    schema: Schema,
    options?: RcloneCallOptions,
  ): Promise<z.output<Schema>>
  /** Calls a method and hands back the answer as it is, also when it is an error. */
  callRaw(method: string, parameters: object, options?: RcloneCallOptions): Promise<RcloneAnswer>
  /** The bytes of an object, whole or in part; exactly as many as asked for, or REMOTE_LIES. */
  read(
    fs: string,
    path: string,
    range: { readonly offset: number; readonly length: number } | undefined,
    options?: CallOptions,
  ): Promise<Uint8Array>
}

/** A client for a running rclone; makes its first connection with the first call. Disposing closes idle connections. */
export function connectRclone(address: RcloneAddress): RcloneClient {
  // Go's server drops idle connections after 60 s; ours go first, so that no request meets a closing one.
  const agent = new Agent({
    keepAlive: true,
    timeout: 45_000,
    maxSockets: 64,
    maxFreeSockets: 64,
    scheduling: 'lifo',
  })
  const { hostname, port } = new URL(address.url)
  const authorization = `Basic ${Buffer.from(`${address.user}:${address.password}`).toString('base64')}`
  const base = { agent, hostname, port }

  const callRaw: RcloneClient['callRaw'] = async (method, parameters, options = {}) => {
    const body = Buffer.from(JSON.stringify(parameters))
    const send: Send = {
      ...base,
      method: 'POST',
      path: `/${method}`,
      // Until 1.69 rclone compares this header literally.
      headers: { authorization, 'content-type': 'application/json', 'content-length': body.length },
    }
    const attempt = options.attempt ?? { doing: `call ${method}` }
    const answer = await exchange(send, body, attempt, options)
    return {
      status: answer.statusCode ?? 0,
      body: (await collect(answer, attempt, options.signal)).toString('utf8'),
    }
  }

  return {
    callRaw,
    call: async (method, parameters, schema, options = {}) => {
      const attempt = options.attempt ?? { doing: `call ${method}` }
      const answer = await callRaw(method, parameters, options)
      if (answer.status !== 200) throw answerError(answer.status, answer.body, attempt)
      return parseAnswer(answer.body, schema, attempt)
    },
    read: async (fs, path, range, options = {}) => {
      if (range?.length === 0) return new Uint8Array(0)
      const attempt = { doing: `read ${path}`, fs }
      const headers: Record<string, string> = { authorization }
      if (range) headers.range = `bytes=${range.offset}-${range.offset + range.length - 1}`
      const send: Send = { ...base, method: 'GET', path: objectUrlPath(fs, path), headers }
      const answer = await exchange(send, undefined, attempt, { ...options, repeatable: true })
      if (answer.statusCode !== (range ? 206 : 200))
        throw await readError(answer, attempt, range, options.signal)
      const length = expectedLength(answer, attempt, range)
      return await collectExactly(answer, length, attempt, options.signal)
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}

type Send = RequestOptions & { readonly headers: Record<string, string | number> }

/**
 * The address of an object under `--rc-serve`: `/[fs]/path`. rclone ends the fs at the first `]`, so a folder with
 * one in its name moves from the fs to the path, which means the same.
 */
export function objectUrlPath(fs: string, path: string): string {
  const colon = fs.startsWith('/') ? 0 : fs.indexOf(':')
  const bracket = fs.indexOf(']', colon)
  let root = fs
  let rest = path
  if (bracket !== -1) {
    const slash = fs.lastIndexOf('/', bracket)
    const cut = Math.max(slash, colon)
    root = fs.slice(0, cut + 1)
    rest = `${fs.slice(cut + 1)}/${path}`
  }
  return `/${encodeURIComponent(`[${root}]`)}/${rest.split('/').map(encodeURIComponent).join('/')}`
}

async function exchange(
  send: Send,
  body: Uint8Array | undefined,
  attempt: Attempt,
  options: RcloneCallOptions,
): Promise<IncomingMessage> {
  if (options.signal?.aborted) throw cancelledError(attempt, options.signal.reason)
  const first = await exchangeOnce(send, body, options.signal)
  if ('answer' in first) return first.answer
  const again = options.repeatable && first.reused ? await exchangeOnce(send, body, options.signal) : first
  if ('answer' in again) return again.answer
  throw transportError(again.error, attempt, options.signal)
}

function exchangeOnce(
  send: Send,
  body: Uint8Array | undefined,
  signal: AbortSignal | undefined,
): Promise<{ answer: IncomingMessage } | { error: unknown; reused: boolean }> {
  return new Promise((resolve) => {
    const outgoing = request(signal ? { ...send, signal } : send)
    outgoing.on('response', (answer) => resolve({ answer }))
    outgoing.on('error', (error) => resolve({ error, reused: outgoing.reusedSocket }))
    outgoing.end(body)
  })
}

function collect(
  answer: IncomingMessage,
  attempt: Attempt,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    answer.on('data', (part: Buffer) => parts.push(part))
    answer.on('end', () => resolve(Buffer.concat(parts)))
    answer.on('error', (error) => reject(transportError(error, attempt, signal)))
  })
}

/** Fills one buffer of the announced length: no second copy of a pack is ever made. */
function collectExactly(
  answer: IncomingMessage,
  length: number,
  attempt: Attempt,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const bytes = Buffer.allocUnsafeSlow(length)
    let filled = 0
    answer.on('data', (part: Buffer) => {
      if (filled + part.length > length)
        answer.destroy(liesError(attempt, `more than ${length} bytes came back`))
      else filled += part.copy(bytes, filled)
    })
    answer.on('end', () => {
      if (filled === length) resolve(bytes)
      else reject(liesError(attempt, `${filled} bytes came back instead of ${length}`))
    })
    answer.on('error', (error) => {
      // rclone closes the connection when the remote's bytes end early or can't be decrypted: nothing else says so.
      const cut = 'code' in error && error.code === 'ECONNRESET' && !signal?.aborted
      const what = `the bytes ended after ${filled} of ${length}`
      reject(cut ? liesError(attempt, what, error) : transportError(error, attempt, signal))
    })
  })
}

async function readError(
  answer: IncomingMessage,
  attempt: Attempt,
  range: { offset: number; length: number } | undefined,
  signal: AbortSignal | undefined,
): Promise<Error> {
  const status = answer.statusCode ?? 0
  if (status === 200 || status === 206 || status === 416) {
    answer.destroy()
    const asked = range ? `bytes ${range.offset} to ${range.offset + range.length}` : 'the whole object'
    return liesError(attempt, `asked for ${asked}, the answer was ${status}`)
  }
  if (!(answer.headers['content-type'] ?? '').includes('json')) {
    // `Not Found` under a wrong length: the object is there and could not be opened, and nothing here says why.
    answer.destroy()
    return answerError(status, '', attempt)
  }
  return answerError(status, (await collect(answer, attempt, signal)).toString('utf8'), attempt)
}

function expectedLength(
  answer: IncomingMessage,
  attempt: Attempt,
  range: { offset: number; length: number } | undefined,
): number {
  const announced = Number(answer.headers['content-length'] ?? Number.NaN)
  if (!Number.isSafeInteger(announced) || announced < 0) {
    answer.destroy()
    throw liesError(attempt, 'rclone does not say how long the object is')
  }
  if (range) {
    const wanted = `bytes ${range.offset}-${range.offset + range.length - 1}/`
    const got = answer.headers['content-range'] ?? 'nothing'
    if (!got.startsWith(wanted) || announced !== range.length) {
      answer.destroy()
      throw liesError(attempt, `asked for ${wanted.slice(0, -1)}, got ${got}`)
    }
  }
  return announced
}

function parseAnswer<Schema extends z.ZodType>(
  body: string,
  schema: Schema,
  attempt: Attempt,
): z.output<Schema> {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch (error) {
    throw unknownAnswer(attempt, error)
  }
  const parsed = schema.safeParse(json)
  if (!parsed.success) throw unknownAnswer(attempt, parsed.error.issues[0]?.path.join('.'))
  return parsed.data
}
