import { request as requestHttps } from 'node:https'
import { ERRORS, type ErrorCode, HoldfastError } from '@holdfast/domain'
import { z } from 'zod'

const ANSWER_BYTES = 8 * 1024 * 1024

const Failure = z.object({
  error: z.object({ message: z.string(), data: z.object({ code: z.string(), next: z.string() }) }),
})
const Success = z.object({ result: z.object({ data: z.unknown() }) })

/** A question to the agent at another address. */
export type Question = {
  readonly origin: string
  /** The one authority that its certificate must come from, PEM; null for those that Node trusts by itself. */
  readonly authority: string | null
  readonly procedure: string
  /** A mutation posts its input, a query has it in the address. */
  readonly type: 'query' | 'mutation'
  readonly input: unknown
  readonly cookie?: string
  readonly signal: AbortSignal
}

/**
 * Asks one procedure of another agent, which must show a certificate of the pinned authority before anything is sent.
 * What it refuses comes as the HoldfastError it threw; NOT_ALLOWED for another certificate, AGENT_UNREACHABLE for all
 * else that is no answer. `cookie` is the session that it handed over, if it did.
 */
export async function askAgent(question: Question): Promise<{ data: unknown; cookie: string | undefined }> {
  const { origin, signal } = question
  try {
    const { text, cookie } = await send(question)
    const answer: unknown = JSON.parse(text)
    const failure = Failure.safeParse(answer)
    if (failure.success) throw refusal(failure.data.error)
    return { data: Success.parse(answer).result.data, cookie }
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause
    if (isOfCertificate(cause))
      throw new HoldfastError(
        'NOT_ALLOWED',
        `${origin} shows another certificate than the one that is known.`,
        {
          cause,
          next: 'If that machine made a new one, remove it here and add it again; if not, somebody is in between.',
        },
      )
    const late = signal.aborted ? ' in time' : ''
    throw new HoldfastError('AGENT_UNREACHABLE', `Nobody answers at ${origin}${late}.`, {
      cause,
      next: 'Check that the machine is on, that Holdfast runs there, and that it serves your network.',
    })
  }
}

function send({ origin, authority, procedure, type, input, cookie, signal }: Question) {
  const done = Promise.withResolvers<{ text: string; cookie: string | undefined }>()
  const url = new URL(`/api/trpc/${procedure}`, origin)
  const body = JSON.stringify(input)
  if (type === 'query') url.searchParams.set('input', body)
  const request = requestHttps(url, {
    ...{ signal, agent: false, method: type === 'query' ? 'GET' : 'POST' },
    headers: { 'content-type': 'application/json', ...(cookie === undefined ? {} : { cookie }) },
    ...(authority === null ? {} : { ca: authority, allowPartialTrustChain: true }),
  })
  request.on('error', done.reject)
  request.on('response', (response) => {
    const chunks: Buffer[] = []
    let bytes = 0
    response.on('error', done.reject)
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > ANSWER_BYTES) response.destroy(new Error('its answer is too long'))
      else chunks.push(chunk)
    })
    response.on('end', () =>
      done.resolve({
        text: Buffer.concat(chunks).toString('utf8'),
        cookie: response.headers['set-cookie']?.[0]?.split(';', 1)[0],
      }),
    )
  })
  request.end(type === 'mutation' ? body : undefined)
  return done.promise
}

function refusal({ message, data }: z.infer<typeof Failure>['error']): HoldfastError {
  return new HoldfastError(isErrorCode(data.code) ? data.code : 'INTERNAL', message, { next: data.next })
}

function isErrorCode(code: string): code is ErrorCode {
  return code in ERRORS
}

function isOfCertificate(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /CERT|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/.test(code)
}
